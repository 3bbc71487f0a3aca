"""Exchanges a descriptor in a framed message over a Unix socket, by socket.send_fds and socket.recv_fds."""

import os
import socket
import struct
import sys

peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
data, fds, flags, address = socket.recv_fds(peer, 1000, 4)
assert data == struct.pack("!i", 5) + b"write", data
os.write(fds[0], b"written by Python\n")
os.close(fds[0])
reader, writer = os.pipe()
socket.send_fds(peer, [struct.pack("!i", 4) + b"read"], [reader])
os.close(reader)
os.write(writer, b"read from Python\n")
os.close(writer)
