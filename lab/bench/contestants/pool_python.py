"""multiprocessing.Pool. Usage: map|echo|primes|idle SIZE COUNT WARMUP PATH PORT fork|spawn WORKERS CHUNK"""

import multiprocessing
import os
import sys
import time


def increment(n):
    return n + 1


def echo(value):
    return value


def count_primes(start, numbers):
    count = 0
    for n in range(start, start + numbers):
        prime = n > 1
        i = 2
        while prime and i * i <= n:
            prime = n % i != 0
            i += 1
        count += prime
    return count


def say(line):
    print(line, flush=True)
    os.read(0, 16)


def main():
    role = sys.argv[1]
    size, count, warmup = map(int, sys.argv[2:5])
    workers, chunk = int(sys.argv[8]), int(sys.argv[9]) or None
    context = multiprocessing.get_context(sys.argv[7])

    values = list(range(size))

    def act_map(pool, times):
        for _ in range(times):
            results = pool.map(increment, values, chunk)
            assert len(results) == size and results[-1] == size

    def act_echo(pool, times):
        for _ in range(times):
            assert len(pool.apply(echo, (value,))) == size

    def act_primes(pool, times):
        pool.starmap(count_primes, [(1_000_000 + i * size, size) for i in range(times)], chunk)

    if role == "idle":
        say("ready")
        with context.Pool(workers) as pool:
            pool.starmap(count_primes, [(1_000_000, size)] * workers, 1)
            say("done")
        return
    value = bytes(size)
    act = {"map": act_map, "echo": act_echo, "primes": act_primes}[role]
    begin = time.perf_counter()
    with context.Pool(workers) as pool:
        act(pool, 1)
        first = time.perf_counter() - begin
        act(pool, warmup - 1)
        say("ready")
        start = time.perf_counter()
        act(pool, count)
        say(f"done seconds={time.perf_counter() - start:.9f} first={first:.9f}")


if __name__ == "__main__":
    main()
