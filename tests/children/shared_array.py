"""Reads a SharedArray of four doubles by its documented layout, prints what it finds, and changes each: NAME."""

import struct
import sys
from multiprocessing import resource_tracker, shared_memory

memory = shared_memory.SharedMemory(name=sys.argv[1])
resource_tracker.unregister(memory._name, "shared_memory")
kind, = struct.unpack_from("<I", memory.buf, 24)
length, = struct.unpack_from("<Q", memory.buf, 32)
numbers = memory.buf[128:].cast("d")
print(kind, length, sum(numbers))
for i in range(length):
    numbers[i] = 2 * numbers[i]
numbers.release()
memory.close()
