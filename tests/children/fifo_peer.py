"""One side of a fifo by Python's own calls: fifo_peer.py reader|writer PATH, then commands on stdin."""

import errno
import os
import sys

side, path = sys.argv[1:]


def say(text):
    os.write(1, (text + "\n").encode())


def next_line():
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(fd, 1)
        if byte == b"":
            return "end"
        line += byte
    return "data " + line.decode().rstrip("\n")


say("opening")
fd = os.open(path, os.O_RDONLY if side == "reader" else os.O_WRONLY)
say("opened")
for command in sys.stdin:
    verb, _, text = command.rstrip("\n").partition(" ")
    try:
        if verb == "close":
            os.close(fd)
            say("closed")
        elif verb == "read":
            say(next_line())
        else:
            os.write(fd, (text + "\n").encode())
            say("wrote")
    except OSError as error:
        say("failed " + errno.errorcode[error.errno])
