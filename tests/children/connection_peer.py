"""The other side of connection tests, in Python 2.7 and from 3.6 on.

connection_peer.py client ADDRESS KEY     talks to an echo server, and says how it went
connection_peer.py serve FAMILY KEY PATH  is an echo server for one client, and prints its address first

ADDRESS is HOST:PORT or a path, KEY is - for none.
"""

import sys
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

SIZES = [0, 1, 16384, 16385, 1 << 20]
LARGEST = 64 << 20


def pattern(size):
    block = bytes(bytearray((i * 7 + i // 256) % 256 for i in range(65521)))
    return (block * (size // len(block) + 1))[:size]


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def address_of(text):
    if "/" in text:
        return text
    host, port = text.rsplit(":", 1)
    return (host, int(port))


def key_of(text):
    if text == "-":
        return None
    return text if isinstance(text, bytes) else text.encode("utf-8")


def client(address, key):
    try:
        connection = Client(address_of(address), authkey=key_of(key))
    except AuthenticationError as error:
        say("AuthenticationError " + str(error))
        return
    except EOFError:
        say("EOFError")
        return
    assert not connection.poll()
    # Once is enough for what takes so long.
    for size in SIZES + [LARGEST] * (key == "-"):
        message = pattern(size)
        connection.send_bytes(message)
        assert connection.poll(30)
        if size == 1 << 20:
            space = bytearray(size + 5)
            assert connection.recv_bytes_into(space, 5) == size
            assert bytes(space[5:]) == message
        else:
            assert connection.recv_bytes() == message
    for i in range(100):
        connection.send_bytes(str(i).encode("ascii"))
    for i in range(100):
        assert connection.recv_bytes() == str(i).encode("ascii")
    connection.send_bytes(b"bye")
    try:
        connection.recv_bytes()
        say("still there")
    except EOFError:
        say("done")


def serve(family, key, path):
    address = path if family == "AF_UNIX" else ("127.0.0.1", 0)
    listener = Listener(address, family, authkey=key_of(key))
    say(path if family == "AF_UNIX" else "%s:%d" % listener.address)
    try:
        connection = listener.accept()
    except AuthenticationError as error:
        say("AuthenticationError " + str(error))
        return
    except EOFError:
        say("EOFError")
        return
    while True:
        message = connection.recv_bytes()
        if message == b"bye":
            break
        connection.send_bytes(message)
    connection.close()
    listener.close()
    say("done")


if sys.argv[1] == "client":
    client(*sys.argv[2:])
else:
    serve(*sys.argv[2:])
