"""multiprocessing with forked children. Usage: send|queue|lock|wait SIZE COUNT WARMUP PATH PORT pipe|queue|PROCESSES"""

import multiprocessing
import os
import signal
import sys
import time

role = sys.argv[1]
size, count, warmup = map(int, sys.argv[2:5])
variant = sys.argv[7]
message = bytes(size)
context = multiprocessing.get_context("fork")
PATIENCE = 75
SETTLED = 0.7


def say(line):
    print(line, flush=True)
    os.read(0, 16)


def timed(act):
    start = time.perf_counter()
    act()
    say(f"done seconds={time.perf_counter() - start:.9f}")


def one_way():
    """A pipe's send_bytes, or a queue's put; an answer to the last one through a pipe."""
    theirs, mine = context.Pipe()
    queue = context.Queue()

    def receive(times):
        for _ in range(times):
            if variant == "pipe":
                theirs.recv_bytes()
            else:
                queue.get()
        theirs.send_bytes(b"x")

    def child():
        signal.alarm(PATIENCE)  # The parent may have been killed.
        receive(warmup)
        receive(count)
        theirs.recv_bytes()  # Until the CPU time was read.

    def send(times):
        for _ in range(times):
            if variant == "pipe":
                mine.send_bytes(message)
            else:
                queue.put(message)
        mine.recv_bytes()

    process = context.Process(target=child, daemon=True)
    process.start()
    send(warmup)
    say(f"ready pid={process.pid}")
    timed(lambda: send(count))
    mine.send_bytes(b"x")
    process.join()


def crowd(processes, work):
    barrier = context.Barrier(processes + 1, timeout=PATIENCE)

    def child(index):
        signal.alarm(PATIENCE)  # The parent may have been killed.
        work(warmup, index)
        barrier.wait()
        barrier.wait()
        work(count, index)
        barrier.wait()
        barrier.wait()  # Until the CPU time was read.

    children = [context.Process(target=child, args=(index,), daemon=True) for index in range(processes)]
    for process in children:
        process.start()
    barrier.wait()
    say("ready " + " ".join(f"pid{index}={process.pid}" for index, process in enumerate(children)))

    def both():
        barrier.wait()
        barrier.wait()

    timed(both)
    barrier.wait()
    for process in children:
        process.join()


def queues():
    producers = int(variant)
    queue = context.Queue()

    def work(times, index):
        if index < producers:
            for _ in range(times):
                queue.put(message)
        else:
            for _ in range(times):
                queue.get()

    crowd(2 * producers, work)


def locks():
    lock = context.Lock()

    def work(times, _):
        for _ in range(times):
            lock.acquire()
            lock.release()

    crowd(int(variant), work)


def wait():
    """A child in get(), until the harness says go."""
    queue = context.Queue()
    waiting = context.Event()

    def child():
        signal.alarm(PATIENCE)  # The parent may have been killed.
        waiting.set()
        queue.get()

    process = context.Process(target=child, daemon=True)
    process.start()
    waiting.wait()
    time.sleep(SETTLED)
    say(f"ready pid={process.pid}")
    queue.put(message)
    process.join()
    say("done")


{"send": one_way, "queue": queues, "lock": locks, "wait": wait}[role]()
