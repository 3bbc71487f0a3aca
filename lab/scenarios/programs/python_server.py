"""Echoes messages on TCP port 5000 to the first client that knows the key, as any program with multiprocessing may: KEY."""

import sys
from multiprocessing import AuthenticationError
from multiprocessing.connection import Listener

with Listener(("0.0.0.0", 5000), authkey=sys.argv[1].encode()) as listener:
    print("listening", flush=True)
    accepted = None
    while accepted is None:
        try:
            accepted = listener.accept()
        except AuthenticationError:
            print("refused a client", flush=True)
    with accepted as connection:
        count = 0
        try:
            while True:
                connection.send_bytes(connection.recv_bytes())
                count += 1
        except EOFError:
            print("echoed", count, flush=True)
