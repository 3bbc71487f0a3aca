import { assertEquals } from "@std/assert";
import { SharedArray, SharedMemory, SharedValue } from "../../../mod.ts";
import { startedWith } from "../../support/processes_of_ours.ts";
import { attempt, type Row } from "../../support/semantics.ts";
import { uniqueName } from "../../support/temp.ts";

const MORE = new URL("../../children/process_semantics.ts", import.meta.url).href;

/** "Shared ctypes Objects", "multiprocessing.shared_memory". */
export const SHARED: Row[] = [
  {
    id: "Value",
    says: "A number in shared memory, with a type and an initial value, read and written as .value.",
    ours() {
      using value = SharedValue.create({ type: "int32", value: 7 });
      const before = value.value;
      value.value = -3;
      return [before, value.value];
    },
  },
  {
    id: "Value += 1",
    says: "It is a read and a write, and not atomic: hold get_lock() around it.",
    async ours() {
      using value = SharedValue.create({ type: "int32", value: 0 });
      using array = SharedArray.create({ type: "int32", length: 1 });
      const processes = [1, 2].map(() =>
        startedWith({ entry: "incrementEach", args: [array, value, 300] }, MORE)
      );
      for (const process of processes) await process.join();
      assertEquals(array.array[0], 600);
      return value.value;
    },
  },
  {
    id: "Value(lock)",
    says: "It has a recursive lock of its own, or the one that is given, or none.",
    ours() {
      using value = SharedValue.create({ type: "int32", value: 0 });
      using _guard = value.lock.acquireSync();
      assertEquals(value.lock.held, true);
      assertEquals([value.add(5), value.value], [0, 5]);
    },
    differs: "It has a lock that costs nothing until it is used; and add(), compareExchange() need none.",
  },
  {
    id: "Array(size)",
    says: "An array of a length begins with zeros.",
    ours() {
      using array = SharedArray.create({ type: "float64", length: 3 });
      return [...array.array];
    },
  },
  {
    id: "Array(initializer)",
    says: "An array of a sequence has its values and its length.",
    ours() {
      using array = SharedArray.create({ type: "int32", length: 3 });
      array.array.set([1, -2, 3]);
      return [array.length, ...array.array.subarray(1, 3)];
    },
  },
  {
    id: "Array of characters",
    says: "An array of type c has .value and .raw, for strings.",
    ours() {
      using array = SharedArray.create({ type: "uint8", length: 4 });
      array.array.set(new TextEncoder().encode("text"));
      assertEquals(new TextDecoder().decode(array.array.slice()), "text");
    },
    differs: "Bytes are a Uint8Array, and text is what TextDecoder makes of them.",
  },
  {
    id: "RawValue, RawArray",
    says: "The same without a lock: reads and writes are not atomic.",
    differs: "They would be the same: whoever does not ask for the lock does not have it.",
  },
  {
    id: "sharedctypes Structure",
    says: "Structures of C can be shared, with fields of their own types.",
    differs:
      "JavaScript has no structures; typed arrays over SharedMemory at the offsets of the fields are that.",
  },
  {
    id: "SharedMemory(create=True)",
    says: "It makes a block of at least the size, all zeros, with a name that others attach to.",
    async ours() {
      const name = uniqueName();
      using memory = SharedMemory.create({ name, size: 100 });
      using other = SharedMemory.open(name);
      new Uint8Array(memory.buffer)[99] = 5;
      const seen = new Uint8Array(other.buffer)[99];
      memory.unlink();
      return [seen, memory.size >= 100, await attempt(() => SharedMemory.open(name))];
    },
  },
  {
    id: "SharedMemory: name taken",
    says: "To create a name that exists raises FileExistsError.",
    async ours() {
      const name = uniqueName();
      using memory = SharedMemory.create({ name, size: 1 });
      const outcome = await attempt(() => SharedMemory.create({ name, size: 1 }));
      memory.unlink();
      return outcome;
    },
  },
  {
    id: "SharedMemory: no such name",
    says: "To attach to a name that does not exist raises FileNotFoundError.",
    ours: () => attempt(() => SharedMemory.open(uniqueName())),
  },
  {
    id: "SharedMemory without a name",
    says: "When no name is given a random one is made.",
    async ours() {
      using memory = SharedMemory.create({ size: 16 });
      assertEquals(memory.name, undefined);
      await using process = startedWith({ entry: "write", args: [memory, "hello"] }, MORE);
      await process.result;
      assertEquals(new TextDecoder().decode(new Uint8Array(memory.buffer).slice(0, 5)), "hello");
    },
    differs:
      "It has no name at all, travels as an argument, and is gone with its last user, however that ends.",
  },
  {
    id: "SharedMemory.close, unlink",
    says:
      "Every instance calls close(); unlink() is called once, and the memory stays until all have closed it.",
    ours() {
      const name = uniqueName();
      using memory = SharedMemory.create({ name, size: 1 });
      using other = SharedMemory.open(name);
      new Uint8Array(memory.buffer)[0] = 9;
      memory.unlink();
      memory.close();
      return new Uint8Array(other.buffer)[0];
    },
  },
  {
    id: "SharedMemory: views after close",
    says: "close() raises BufferError while there are views of the memory.",
    ours() {
      const memory = SharedMemory.create({ size: 8 });
      const view = new Uint8Array(memory.buffer);
      memory.close();
      assertEquals(view.length, 0);
    },
    differs: "Views cannot be counted here: they have length 0 afterwards, and nothing can crash.",
  },
  {
    id: "resource tracker",
    says: "A tracker process removes what has leaked, and also blocks that others still use.",
    differs:
      "Memory without a name cannot leak. A dead creator's name is taken over by the next to create it, or "
      + "removed by reapSharedMemory.",
  },
  {
    id: "ShareableList",
    says: "A list of fixed length, of numbers, strings and None, in shared memory.",
    differs: "SharedArray is for numbers; a list of anything is a ManagedArray, or a message in a Channel.",
  },
  {
    id: "SharedMemoryManager",
    says: "A manager that releases all blocks that it made when it shuts down.",
    differs: "`using` releases a handle at the end of its block, and memory without a name needs no more.",
  },
];
