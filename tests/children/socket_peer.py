"""The other side of our sockets, with nothing but Python's socket module: socket_peer.py ROLE [ADDRESS] ..."""

import os
import socket
import struct
import sys


def place(address):
    if address.startswith("tcp://"):
        host, port = address[len("tcp://"):].rsplit(":", 1)
        return socket.AF_INET, (host, int(port))
    return socket.AF_UNIX, address[len("unix:"):].replace("@", "\0", 1) if "@" in address else address[len("unix:"):]


def connected(address):
    family, where = place(address)
    stream = socket.socket(family, socket.SOCK_STREAM)
    stream.connect(where)
    return stream


def client(address, name):
    stream = connected(address)
    sent = bytes(range(256)) * 1171 + bytes(224)
    got = b""
    half = len(sent) // 2
    for part in (sent[:half], sent[half:]):
        stream.sendall(part)
        wanted = len(got) + len(part)
        while len(got) < wanted:
            got += stream.recv(65536)
    stream.shutdown(socket.SHUT_WR)
    assert stream.recv(1) == b"" and got == sent
    print(name, "got", len(got), "bytes back, and the end")


def server(address):
    family, where = place(address)
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(where)
    listener.listen(5)
    print("tcp://127.0.0.1:%d" % listener.getsockname()[1] if family == socket.AF_INET else address, flush=True)
    stream, _ = listener.accept()
    while True:
        part = stream.recv(65536)
        if part == b"":
            break
        stream.sendall(part)
    stream.close()


def unread(address):
    stream = connected(address)
    stream.sendall(bytes(100000))
    got = b""
    while True:
        part = stream.recv(65536)
        if part == b"":
            break
        got += part
    print("got:", got.decode())


def reset(address):
    stream = connected(address)
    stream.sendall(b"a part")
    stream.recv(1)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


def udp():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    print("udp://127.0.0.1:%d" % receiver.getsockname()[1], flush=True)
    message, sender = receiver.recvfrom(65536)
    receiver.sendto(b"python got: " + message, sender)


def unixgram(path):
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(path)
    print("bound", flush=True)
    message, sender = receiver.recvfrom(65536)
    receiver.sendto(b"python got: " + message, sender)


def recv_fds(path):
    stream = connected("unix:" + path)
    message, fds, flags, _ = socket.recv_fds(stream, 100, 10)
    assert flags & socket.MSG_CTRUNC == 0
    print(message.decode(), len(fds))
    os.write(fds[0], b"through the pipe\n")
    os.close(fds[0])
    other = socket.socket(fileno=fds[1])
    other.sendall(b"through the connection\n")
    other.close()
    print("the file has:", os.read(fds[2], 100).decode())


def send_fds(path):
    stream = connected("unix:" + path)
    to_read, to_write = os.pipe()
    os.write(to_write, b"in the pipe\n")
    ours, theirs = socket.socketpair()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path + ".python")
    listener.listen(5)
    memory = os.memfd_create("memory")
    os.write(memory, b"in memory")
    socket.send_fds(stream, [b"from python"], [to_read, theirs.fileno(), listener.fileno(), memory])
    os.close(to_read)
    theirs.close()
    line = ours.recv(100)
    ours.sendall(b"python got: " + line)
    assert stream.recv(10) == b"done"


def many_fds(path):
    stream = connected("unix:" + path)
    fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    for _ in range(3):
        socket.send_fds(stream, [b"x"], fds)


globals()[sys.argv[1]](*sys.argv[2:])
