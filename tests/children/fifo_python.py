"""What Python does with fifos: fifo_python.py WHAT ARGUMENTS…"""

import errno
import hashlib
import os
import select
import stat
import sys


class Descriptor:
    """os.open, os.read and os.write, waiting in poll(2) where the descriptor itself does not."""

    def __init__(self, path, side, nonblocking):
        flags = os.O_RDONLY if side == "r" else os.O_WRONLY
        self.fd = os.open(path, flags | (os.O_NONBLOCK if nonblocking else 0))
        self.poll = select.poll()
        self.poll.register(self.fd, select.POLLIN if side == "r" else select.POLLOUT)

    def read(self):
        whole = b""
        while True:
            self.poll.poll()
            part = os.read(self.fd, 65536)
            if part == b"":
                return whole
            whole += part

    def write(self, whole):
        while whole:
            self.poll.poll()
            whole = whole[os.write(self.fd, whole) :]

    def close(self):
        os.close(self.fd)


def opened(how, path, side):
    if how == "file":
        return open(path, side + "b")
    return Descriptor(path, side, how == "os-nonblocking")


def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def write(how, path, text):
    say("about to open\n")
    end = opened(how, path, "w")
    end.write(text.encode())
    end.close()


def send(how, path, source):
    end = opened(how, path, "w")
    with open(source, "rb") as file:
        end.write(file.read())
    end.close()


def read(how, path):
    sys.stdout.buffer.write(opened(how, path, "r").read())


def hash_all(how, path):
    whole = opened(how, path, "r").read()
    say(f"{len(whole)} {hashlib.sha256(whole).hexdigest()}\n")


def probe(path):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        say("opened\n")
    except OSError as error:
        say(errno.errorcode[error.errno] + "\n")


def hold(path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    say("open\n")
    sys.stdin.read()
    say(os.read(fd, 100).decode() + "\n")


def flood(path):
    fd = os.open(path, os.O_WRONLY)
    try:
        while True:
            os.write(fd, bytes(1000))
    except BrokenPipeError:
        say("BrokenPipeError\n")


def show_status(path):
    mode = os.stat(path).st_mode
    say(f"{stat.S_ISFIFO(mode)} {oct(stat.S_IMODE(mode))}\n")


CALLS = {
    "write": write,
    "send": send,
    "read": read,
    "hash": hash_all,
    "probe": probe,
    "hold": hold,
    "flood": flood,
    "stat": show_status,
    "mkfifo": os.mkfifo,
}
CALLS[sys.argv[1]](*sys.argv[2:])
