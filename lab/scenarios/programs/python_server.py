"""Echoes messages on TCP port 5000 to one client that knows the key, as any program with multiprocessing may: KEY."""

import sys
from multiprocessing.connection import Listener

with Listener(("0.0.0.0", 5000), authkey=sys.argv[1].encode()) as listener:
    print("listening", flush=True)
    with listener.accept() as connection:
        count = 0
        try:
            while True:
                connection.send_bytes(connection.recv_bytes())
                count += 1
        except EOFError:
            print("echoed", count, flush=True)
