"""multiprocessing.connection over a Unix socket. Usage: ROLE SIZE COUNT WARMUP PATH PORT"""

import os
import sys
import time
from multiprocessing.connection import Client, Listener

role = sys.argv[1]
size, count, warmup = map(int, sys.argv[2:5])
path = sys.argv[5]
message = bytes(size)


def say(line):
    print(line, flush=True)
    os.read(0, 16)


def ping(connection, times):
    for _ in range(times):
        connection.send_bytes(message)
        connection.recv_bytes()


def pong(connection, times):
    for _ in range(times):
        connection.send_bytes(connection.recv_bytes())


def send(connection, times):
    for _ in range(times):
        connection.send_bytes(message)
    connection.recv_bytes()


def receive(connection, times):
    for _ in range(times):
        connection.recv_bytes()
    connection.send_bytes(b"x")


def active(act):
    connection = Client(path, "AF_UNIX")
    act(connection, warmup)
    say("ready")
    start = time.perf_counter()
    act(connection, count)
    say(f"done seconds={time.perf_counter() - start:.9f}")


def passive(act):
    listener = Listener(path, "AF_UNIX")
    print("listening", flush=True)
    connection = listener.accept()
    act(connection, warmup)
    say("ready")
    act(connection, count)
    say("done")


if role in ("ping", "send"):
    active({"ping": ping, "send": send}[role])
else:
    passive({"pong": pong, "receive": receive}[role])
