"""What Python's multiprocessing does: the outcomes of rows of tests/process/semantics, as JSON."""
import sys

if sys.version_info < (3, 8):
    print("{}")  # It has no shared_memory, and other signatures.
    sys.exit()

import json
import multiprocessing as mp
import multiprocessing.pool
import os
import signal
import tempfile
import time
from multiprocessing import shared_memory
from multiprocessing.connection import Client, Listener, Pipe, wait
from multiprocessing.managers import BaseManager
import threading

signal.alarm(50)
ROWS = {}


def row(name):
    def keep(body):
        ROWS[name] = body
        return body
    return keep


def attempt(body):
    try:
        body()
        return "done"
    except (Exception, SystemExit):
        return "refused"


def run(target, *args):
    process = mp.Process(target=target, args=args)
    process.start()
    return process


def child(body, *args):
    """The result of a function in a process of its own."""
    results = mp.SimpleQueue()
    process = run(lambda: results.put(body(*args)))
    value = results.get()
    process.join()
    return value


def sleep():
    time.sleep(60)


def kill(process):
    process.kill()
    process.join()


@row("Process.start")
def _():
    process = run(sleep)
    outcome = attempt(process.start)
    kill(process)
    return outcome


@row("Process.join")
def _():
    process = run(int)
    process.join()
    process.join()
    return process.is_alive()


@row("Process.join before start")
def _():
    return attempt(mp.Process(target=int).join)


@row("Process.name")
def _():
    def nested():
        return mp.Process().name
    name = child(nested)
    return "Process-N:" + name.split(":")[-1]


@row("Process.is_alive")
def _():
    process = mp.Process(target=sleep)
    before = process.is_alive()
    process.start()
    during = process.is_alive()
    kill(process)
    return [before, during, process.is_alive()]


@row("Process.exitcode")
def _():
    def fail():
        sys.stderr = open(os.devnull, "w")
        raise ValueError
    codes = []
    for target in (int, fail, lambda: sys.exit(3)):
        process = run(target)
        process.join()
        codes.append(process.exitcode)
    for verb in ("terminate", "kill"):
        process = run(sleep)
        codes.append(process.exitcode)
        getattr(process, verb)()
        process.join()
        codes.append(process.exitcode)
    return codes


@row("Process.terminate")
def _():
    process = run(sleep)
    process.terminate()
    process.join()
    return process.exitcode


@row("Process.kill")
def _():
    process = run(sleep)
    process.kill()
    process.join()
    return process.exitcode


@row("active_children")
def _():
    process = run(sleep)
    during = len(mp.active_children())
    kill(process)
    return [during, len(mp.active_children())]


@row("current_process")
def _():
    return mp.current_process().name


@row("parent_process")
def _():
    return [mp.parent_process(), child(lambda: mp.parent_process().name)]


@row("spawn: picklability")
def _():
    process = mp.get_context("spawn").Process(target=print, args=(lambda: 1,))
    return attempt(process.start)


@row("stdin of a child")
def _():
    return child(lambda: len(sys.stdin.read()))


@row("Queue order")
def _():
    queue = mp.Queue()
    def put():
        for i in range(5):
            queue.put(i)
    process = run(put)
    got = [queue.get() for _ in range(5)]
    process.join()
    return got


@row("Queue.put")
def _():
    queue = mp.Queue(1)
    queue.put(1)
    return [attempt(lambda: queue.put(2, timeout=0.001)), queue.qsize()]


@row("Queue.get")
def _():
    return attempt(lambda: mp.Queue().get(timeout=0.001))


@row("Queue.empty, Queue.full")
def _():
    queue = mp.Queue(1)
    before = [queue.empty(), queue.full()]
    queue.put(1)
    while queue.empty():
        time.sleep(0.001)
    after = [queue.empty(), queue.full()]
    queue.get()
    return before + after


@row("Queue.close")
def _():
    queue = mp.Queue()
    queue.close()
    return attempt(lambda: queue.put(1))


@row("JoinableQueue.task_done")
def _():
    queue = mp.JoinableQueue()
    queue.put(1)
    queue.get()
    queue.task_done()
    return attempt(queue.task_done)


@row("Pipe(duplex=True)")
def _():
    a, b = Pipe()
    a.send("there")
    b.send("back")
    return [b.recv(), a.recv()]


@row("Connection.send")
def _():
    a, b = Pipe()
    return attempt(lambda: a.send(lambda: 1))


@row("Connection.recv at the end")
def _():
    a, b = Pipe()
    a.send(1)
    a.close()
    first = b.recv()
    try:
        b.recv()
    except EOFError:
        return [first, "end"]


@row("Connection.poll")
def _():
    a, b = Pipe()
    outcome = [b.poll(), b.poll(0.001)]
    a.send(1)
    return outcome + [b.poll(10), b.poll(None)]


@row("Connection.poll at the end")
def _():
    a, b = Pipe()
    a.close()
    return b.poll(10)


@row("Connection.send_bytes")
def _():
    a, b = Pipe()
    a.send_bytes(b"0123456789", 2, 3)
    return b.recv_bytes().decode()


@row("Connection as context manager")
def _():
    a, b = Pipe()
    with a:
        pass
    return attempt(lambda: a.send(1))


@row("Client")
def _():
    with tempfile.TemporaryDirectory() as folder:
        address = folder + "/socket"
        listener = Listener(address, authkey=b"k")
        def serve():
            with listener.accept() as server:
                server.send([2.25, None, "junk"])
        thread = threading.Thread(target=serve)
        thread.start()
        with Client(address, authkey=b"k") as client:
            value = client.recv()
        thread.join()
        listener.close()
        return value


@row("Listener.close")
def _():
    with tempfile.TemporaryDirectory() as folder:
        listener = Listener(folder + "/socket")
        during = len(os.listdir(folder))
        listener.close()
        return [during, len(os.listdir(folder))]


@row("connection.wait")
def _():
    (a, b), (c, d) = Pipe(), Pipe()
    none = wait([b, d], 0.001)
    c.send(1)
    return [len(none), [ready is d for ready in wait([b, d], 10)]]


@row("connection.wait at the end")
def _():
    (a, b), (c, d) = Pipe(), Pipe()
    a.close()
    return len(wait([b, d], 10))


@row("Lock.acquire(block=False)")
def _():
    lock = mp.Lock()
    return [lock.acquire(block=False), lock.acquire(block=False)]


@row("Lock.release unlocked")
def _():
    return attempt(mp.Lock().release)


def try_lock(lock):
    got = lock.acquire(block=False)
    if got:
        lock.release()
    return got


@row("Lock in a child")
def _():
    lock = mp.Lock()
    lock.acquire()
    held = child(try_lock, lock)
    lock.release()
    return [held, child(try_lock, lock)]


@row("RLock recursion")
def _():
    lock = mp.RLock()
    taken = [lock.acquire(block=False), lock.acquire(block=False)]
    lock.release()
    still = child(try_lock, lock)
    lock.release()
    return taken + [still, child(try_lock, lock)]


@row("RLock.release by others")
def _():
    return attempt(mp.RLock().release)


@row("Semaphore")
def _():
    semaphore = mp.Semaphore(2)
    taken = [semaphore.acquire(block=False) for _ in range(3)]
    left = semaphore.get_value()
    semaphore.release()
    return taken + [left, semaphore.get_value()]


@row("Semaphore.release without acquire")
def _():
    semaphore = mp.Semaphore(1)
    semaphore.release()
    return semaphore.get_value()


@row("BoundedSemaphore")
def _():
    semaphore = mp.BoundedSemaphore(1)
    return [attempt(semaphore.release), semaphore.get_value()]


@row("Condition.wait without the lock")
def _():
    condition = mp.Condition()
    return [attempt(condition.wait), attempt(condition.notify)]


@row("Condition.wait_for")
def _():
    condition = mp.Condition()
    with condition:
        return condition.wait_for(lambda: "yes")


@row("Event")
def _():
    event = mp.Event()
    outcome = [event.is_set()]
    threading.Timer(0.01, event.set).start()
    outcome += [child(event.wait, 10), event.is_set()]
    event.clear()
    return outcome + [event.is_set()]


@row("Barrier.wait")
def _():
    barrier = mp.Barrier(3)
    numbers = mp.SimpleQueue()
    processes = [run(lambda: numbers.put(barrier.wait(10))) for _ in range(2)]
    all_numbers = [barrier.wait(10)] + [numbers.get() for _ in range(2)]
    for process in processes:
        process.join()
    return sorted(all_numbers)


@row("Barrier: time-out breaks it")
def _():
    barrier = mp.Barrier(2)
    attempt(lambda: barrier.wait(0.001))
    attempt(barrier.wait)
    return barrier.broken


@row("Barrier.abort, reset")
def _():
    barrier = mp.Barrier(2)
    barrier.abort()
    broken = barrier.broken
    barrier.reset()
    return [broken, barrier.broken, barrier.n_waiting, barrier.parties]


@row("Value")
def _():
    value = mp.Value("i", 7)
    before = value.value
    value.value = -3
    return [before, value.value]


@row("Value += 1")
def _():
    value = mp.Value("i", 0)
    def add():
        for _ in range(300):
            with value.get_lock():
                value.value += 1
    processes = [run(add) for _ in range(2)]
    for process in processes:
        process.join()
    return value.value


@row("Array(size)")
def _():
    return list(mp.Array("d", 3))


@row("Array(initializer)")
def _():
    array = mp.Array("i", [1, -2, 3])
    return [len(array)] + array[1:3]


@row("SharedMemory(create=True)")
def _():
    memory = shared_memory.SharedMemory(create=True, size=100)
    other = shared_memory.SharedMemory(memory.name)
    memory.buf[99] = 5
    seen = other.buf[99]
    other.close()
    memory.close()
    memory.unlink()
    return [seen, memory.size >= 100, attempt(lambda: shared_memory.SharedMemory(memory.name))]


@row("SharedMemory: name taken")
def _():
    memory = shared_memory.SharedMemory(create=True, size=1)
    outcome = attempt(lambda: shared_memory.SharedMemory(memory.name, create=True, size=1))
    memory.close()
    memory.unlink()
    return outcome


@row("SharedMemory: no such name")
def _():
    return attempt(lambda: shared_memory.SharedMemory("no-such-name-%d" % os.getpid()))


@row("SharedMemory.close, unlink")
def _():
    memory = shared_memory.SharedMemory(create=True, size=1)
    other = shared_memory.SharedMemory(memory.name)
    memory.buf[0] = 9
    memory.unlink()
    memory.close()
    value = other.buf[0]
    other.close()
    return value


@row("Manager")
def _():
    manager = mp.Manager()
    shared = manager.dict()
    shared["a"] = 1
    value = shared["a"]
    manager.shutdown()
    return [value, attempt(lambda: shared["a"])]


@row("SyncManager.dict")
def _():
    with mp.Manager() as manager:
        shared = manager.dict()
        shared.update({"a": 1, "b": 2})
        return [shared.get("a"), shared.get("none"), shared.setdefault("a", 9), shared.pop("b"), shared.keys(),
                len(shared)]


@row("SyncManager.list")
def _():
    with mp.Manager() as manager:
        shared = manager.list()
        shared.extend([1, 2, 3])
        shared[-1] = 9
        popped = shared.pop()
        return [popped, list(shared), len(shared), attempt(lambda: shared.__setitem__(5, 1))]


@row("SyncManager.Lock, Semaphore, Event, Queue")
def _():
    with mp.Manager() as manager:
        lock, semaphore, event, queue = manager.Lock(), manager.Semaphore(2), manager.Event(), manager.Queue()
        lock.acquire()
        outcome = [lock.acquire(False)]
        lock.release()
        outcome += [lock.acquire(False), 2]
        event.set()
        queue.put(5)
        return outcome + [event.is_set(), queue.get()]


@row("Proxies: mutable values")
def _():
    with mp.Manager() as manager:
        shared = manager.dict()
        shared["list"] = [1]
        got = shared["list"]
        got.append(2)
        before = shared["list"]
        shared["list"] = got
        return [before, shared["list"]]


class Exposed:
    def open(self):
        return 1

    def _closed(self):
        return 2


class OwnManager(BaseManager):
    pass


OwnManager.register("Exposed", Exposed)


@row("BaseManager.register(exposed)")
def _():
    with OwnManager() as manager:
        exposed = manager.Exposed()
        return [exposed.open(), attempt(lambda: exposed._closed())]


@row("Managers: address and authkey")
def _():
    manager = BaseManager(("127.0.0.1", 0), authkey=b"abracadabra")
    manager.start()
    outcome = attempt(BaseManager(manager.address, authkey=b"sesame").connect)
    manager.shutdown()
    return outcome


@row("Managers: end of the server")
def _():
    manager = mp.Manager()
    shared = manager.list()
    manager.shutdown()
    return attempt(lambda: shared.append(1))


def square(n):
    return n * n


def add(a, b):
    return a + b


def refuse(n):
    if n == 3:
        raise ValueError("3 is refused")
    return n


STARTED = "nothing"


def initialise(text):
    global STARTED
    STARTED = text


def initialised(_):
    return STARTED


def own_pid(_=None):
    return os.getpid()


@row("Pool(processes)")
def _():
    return [attempt(lambda: mp.Pool(0)), attempt(lambda: mp.Pool(-1))]


@row("Pool(initializer)")
def _():
    with mp.Pool(2, initialise, ("here",)) as pool:
        return sorted(set(pool.map(initialised, range(4), 1)))


@row("Pool(maxtasksperchild)")
def _():
    with mp.Pool(1, maxtasksperchild=2) as pool:
        pids = [pool.apply(own_pid) for _ in range(6)]
        return [len(set(pids)), pids[0] == pids[1]]


@row("Pool.apply")
def _():
    with mp.Pool(2) as pool:
        return pool.apply(add, (2, 3))


@row("Pool.apply_async")
def _():
    with mp.Pool(2) as pool:
        results = [pool.apply_async(square, (n,)) for n in (1, 2, 3)]
        return [result.get(10) for result in results]


@row("Pool.apply_async(callback)")
def _():
    with mp.Pool(2) as pool:
        seen = []
        pool.apply_async(square, (4,), callback=seen.append).wait(10)
        pool.apply_async(refuse, (3,), error_callback=lambda _: seen.append("error")).wait(10)
        return seen


@row("Pool.map")
def _():
    with mp.Pool(2) as pool:
        return pool.map(square, [3, 1, 2])


@row("Pool.map(chunksize)")
def _():
    with mp.Pool(2, maxtasksperchild=1) as pool:
        return len(set(pool.map(own_pid, range(6), 3)))


@row("Pool.map: exceptions")
def _():
    with mp.Pool(2) as pool:
        try:
            pool.map(refuse, [1, 2, 3])
        except ValueError as error:
            return str(error)


@row("Pool.imap")
def _():
    with mp.Pool(2) as pool:
        return list(pool.imap(square, [1, 2, 3]))


@row("Pool.imap: next(timeout)")
def _():
    with mp.Pool(2) as pool:
        return attempt(lambda: pool.imap(time.sleep, [60]).next(0.001))


@row("Pool.imap_unordered")
def _():
    with mp.Pool(2) as pool:
        return sorted(pool.imap_unordered(square, [1, 2, 3]))


@row("Pool.starmap")
def _():
    with mp.Pool(2) as pool:
        return pool.starmap(add, [(1, 2), (3, 4)])


@row("Pool.close")
def _():
    with mp.Pool(2) as pool:
        result = pool.apply_async(square, (5,))
        pool.close()
        refused = attempt(lambda: pool.apply(square, (5,)))
        pool.join()
        return [refused, result.get()]


def alive(pid):
    return attempt(lambda: os.kill(pid, 0)) == "done"


@row("Pool.terminate")
def _():
    pool = mp.Pool(1)
    pid = pool.apply(own_pid)
    pool.apply_async(time.sleep, (60,))
    pool.terminate()
    pool.join()
    return alive(pid)


@row("Pool.join")
def _():
    with mp.Pool(1) as pool:
        return attempt(pool.join)


@row("Pool as context manager")
def _():
    with mp.Pool(1) as pool:
        pid = pool.apply(own_pid)
    pool.join()
    return alive(pid)


@row("ThreadPool")
def _():
    with mp.pool.ThreadPool(2) as pool:
        return [pool.apply(own_pid) == os.getpid(), pool.map(square, [1, 2])]


if __name__ == "__main__":
    mp.set_start_method("fork")
    stdout = os.dup(1)
    os.dup2(2, 1)  # Whatever the rows print is not the outcome.
    outcomes = {name: body() for name, body in ROWS.items()}
    os.write(stdout, json.dumps(outcomes).encode())
