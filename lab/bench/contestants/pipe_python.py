"""os.read and os.write on fifos. Usage: ROLE SIZE COUNT WARMUP PATH [PATH]"""

import os
import sys
import time

BUFFER = 65536
role = sys.argv[1]
size, count, warmup = map(int, sys.argv[2:5])
paths = sys.argv[5:]
message = bytes(size)


def say(line):
    print(line, flush=True)
    os.read(0, 16)


def read_some(fd, limit):
    data = os.read(fd, limit)
    if not data:
        sys.exit("unexpected end of file")
    return len(data)


def read_all(fd):
    got = 0
    while got < size:
        got += read_some(fd, size - got)


def write_all(fd):
    put = os.write(fd, message)
    while put < size:
        put += os.write(fd, memoryview(message)[put:])


def ping(out_fd, in_fd, times):
    for _ in range(times):
        write_all(out_fd)
        read_all(in_fd)


def pong(in_fd, out_fd, times):
    for _ in range(times):
        read_all(in_fd)
        write_all(out_fd)


def read_role():
    in_fd = os.open(paths[0], os.O_RDONLY)
    left = warmup * size
    while left > 0:
        left -= read_some(in_fd, BUFFER)
    say("ready")
    first = total = read_some(in_fd, BUFFER)
    start = time.perf_counter()
    while total < count * size:
        total += read_some(in_fd, BUFFER)
    say(f"done seconds={time.perf_counter() - start:.9f} bytes={total - first}")


def write_role():
    out_fd = os.open(paths[0], os.O_WRONLY)
    for _ in range(warmup):
        write_all(out_fd)
    say("ready")
    for _ in range(count):
        write_all(out_fd)
    say("done")


def ping_role():
    out_fd = os.open(paths[0], os.O_WRONLY)
    in_fd = os.open(paths[1], os.O_RDONLY)
    ping(out_fd, in_fd, warmup)
    say("ready")
    start = time.perf_counter()
    ping(out_fd, in_fd, count)
    say(f"done seconds={time.perf_counter() - start:.9f}")


def pong_role():
    in_fd = os.open(paths[0], os.O_RDONLY)
    out_fd = os.open(paths[1], os.O_WRONLY)
    pong(in_fd, out_fd, warmup)
    say("ready")
    pong(in_fd, out_fd, count)
    say("done")


{"read": read_role, "write": write_role, "ping": ping_role, "pong": pong_role}[role]()
