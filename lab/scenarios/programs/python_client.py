"""Has messages echoed by HOST with multiprocessing.connection: HOST KEY SIZE..."""

import json
import sys
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

host, key, *sizes = sys.argv[1:]
print("@message", json.dumps({"to": host, "text": "messages of %s bytes" % ", ".join(sizes), "at": time.time() * 1000}))
try:
    connection = Client((host, 5000), authkey=key.encode())
except AuthenticationError as error:
    print("refused:", error, flush=True)
    sys.exit(0)
for size in map(int, sizes):
    message = bytes(i * 7 % 251 for i in range(min(size, 10007))) * (size // 10007 + 1)
    connection.send_bytes(message[:size])
    assert connection.poll(20)
    assert connection.recv_bytes() == message[:size]
print(len(sizes), "echoes", flush=True)
