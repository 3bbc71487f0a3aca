"""Starts a process and waits for its first message. Usage: start SIZE COUNT WARMUP PATH PORT spawn|forkserver|fork"""

import multiprocessing
import os
import sys
import time


def first(connection):
    connection.send("first")


def say(line):
    print(line, flush=True)
    os.read(0, 16)


def main():
    count, warmup = map(int, sys.argv[3:5])
    context = multiprocessing.get_context(sys.argv[7])

    def once():
        mine, theirs = context.Pipe()
        start = time.perf_counter()
        process = context.Process(target=first, args=(theirs,))
        process.start()
        mine.recv()
        seconds = time.perf_counter() - start
        process.join()
        mine.close()
        theirs.close()
        return seconds

    for _ in range(warmup):
        once()
    say("ready")
    seconds = sum(once() for _ in range(count))
    say(f"done seconds={seconds:.9f}")


if __name__ == "__main__":
    main()
