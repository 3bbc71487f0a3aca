"""Talks to its parent over the descriptor of IPC_PARENT_CONNECTION: an echo."""

import os
from multiprocessing.connection import Connection

fd, codec = os.environ["IPC_PARENT_CONNECTION"].split()
connection = Connection(int(fd))
connection.send_bytes(codec.encode("ascii"))
while True:
    try:
        connection.send_bytes(connection.recv_bytes())
    except EOFError:
        break
print("the parent has left")
