"""Python's side of tests of shared memory: does what its arguments say, and prints what it finds."""

import struct
import sys
from multiprocessing import resource_tracker, shared_memory


def attach(name):
    """Opens it, and lets it be at the end: before 3.13, Python removes what it has only opened."""
    if sys.version_info >= (3, 13):
        return shared_memory.SharedMemory(name=name, track=False)
    memory = shared_memory.SharedMemory(name=name)
    resource_tracker.unregister(memory._name, "shared_memory")
    return memory


def hold():
    print("ready", flush=True)
    sys.stdin.read()


action, name = sys.argv[1:3]

if action == "read":  # Its size and text; the words are counted up.
    memory = attach(name)
    print(memory.size, bytes(memory.buf[8:16]).decode())
    value, = struct.unpack_from("<q", memory.buf, 0)
    struct.pack_into("<q", memory.buf, 0, value + 1)
    memory.close()
elif action == "create":
    memory = shared_memory.SharedMemory(name=name, create=True, size=int(sys.argv[3]))
    memory.buf[8:16] = b"python  "
    hold()
    print(struct.unpack_from("<q", memory.buf, 0)[0])
    memory.close()
    try:
        memory.unlink()
    except FileNotFoundError:
        print("unlinked by the other")
elif action == "create-existing":
    try:
        shared_memory.SharedMemory(name=name, create=True, size=8)
    except FileExistsError:
        print("exists")
elif action == "missing":
    try:
        shared_memory.SharedMemory(name=name)
    except FileNotFoundError:
        print("missing")
elif action == "list":
    memory = shared_memory.ShareableList([1, 2.5, "three", b"four", None, True], name=name)
    hold()
    memory.shm.close()
    memory.shm.unlink()
elif action == "unlink":
    memory = shared_memory.SharedMemory(name=name)  # Registered, so that unlink() finds it so.
    memory.close()
    memory.unlink()
elif action == "map":  # Here the name is the number of a descriptor.
    import mmap
    import os

    with mmap.mmap(int(name), os.fstat(int(name)).st_size) as memory:
        memory[0:5] = b"hello"
        print(len(memory))
elif action == "reads-only":
    import mmap
    import os

    with mmap.mmap(int(name), os.fstat(int(name)).st_size, prot=mmap.PROT_READ) as memory:
        print(memory[0:5].decode())
    try:
        mmap.mmap(int(name), 0)
    except PermissionError:
        print("read only")
else:
    sys.exit("There is no action " + action)
