/** Everything in lib/sync arrives as the same object: in a worker, in a child that inherits it, and by its name. */

import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  RLock,
  Semaphore,
  SharedArray,
  SharedEvent,
  SharedMemory,
  type SharedObject,
  SharedValue,
} from "../../mod.ts";
import { uses } from "../children/uses_object.ts";
import { childPath } from "../support/programs.ts";
import { test } from "../support/shared_memory.ts";
import { run } from "../support/spawned.ts";

const KINDS: Record<string, (name?: string) => SharedObject> = {
  Lock: (name) => Lock.create({ name }),
  RLock: (name) => RLock.create({ name }),
  Semaphore: (name) => Semaphore.create({ name }),
  BoundedSemaphore: (name) => BoundedSemaphore.create({ name }),
  Condition: (name) => Condition.create({ name }),
  SharedEvent: (name) => SharedEvent.create({ name }),
  Barrier: (name) => Barrier.create({ name, parties: 1 }),
  SharedValue: (name) => SharedValue.create({ name, type: "int32" }),
  SharedArray: (name) => SharedArray.create({ name, type: "int32", length: 3 }),
};

for (const [kind, create] of Object.entries(KINDS)) {
  const { Class, use } = uses[kind]!;

  test(`${kind}: it arrives in a worker and in children, with and without a name`, async (name) => {
    for (const object of [create(), create(name)]) {
      try {
        const worker = new Worker(new URL("../children/uses_object_worker.ts", import.meta.url), {
          type: "module",
        });
        const { promise, resolve, reject } = Promise.withResolvers<string>();
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(event.error ?? new Error(event.message));
        worker.postMessage([kind, object.share()]);
        const used = await promise;
        worker.terminate();
        assertEquals(used, use(object));
        for (const args of [["inherited", "3"], ["from", JSON.stringify(object.share())]]) {
          const { code, out, err } = await run(Deno.execPath(), {
            args: ["run", "-A", childPath("uses_object.ts"), kind, ...args],
            fds: { 3: object },
          });
          assertEquals([code, out], [0, `${used}\n`], err);
        }
      } finally {
        if (object.name !== undefined) object.unlink();
        object.close();
      }
    }
  });

  test(`${kind}: it opens what it created, and nothing else, whatever the memory says`, (name) => {
    using object = create(name);
    using opened = Class.open(name);
    assertInstanceOf(opened, Class);
    for (const [other, { Class: Other }] of Object.entries(uses)) {
      if (other !== kind) assertThrows(() => Other.open(name), Deno.errors.InvalidData, `it is a ${kind}`);
    }
    object.unlink();
  });

  test(`${kind}: 10,000 states of its memory that nobody wrote neither crash nor hang it`, (name) => {
    using object = create(name);
    const memory = SharedMemory.open(name);
    const bytes = new Uint8Array(memory.buffer);
    const good = bytes.slice();
    let opened = 0;
    const started = performance.now();
    for (let round = 0; round < 10_000; round++) {
      bytes.set(good);
      // Header and mutex stay right in most rounds: the rest is what a kind trusts least.
      const from = round % 4 === 0 ? 24 : 128;
      const count = 1 + round % 16;
      for (let i = 0; i < count; i++) {
        bytes[from + Math.floor(Math.random() * Math.min(bytes.length - from, 512))] = Math.random() * 256;
      }
      bytes[60] = 0;
      // A mutex that somebody holds is waited for; that is right, and takes long.
      new Int32Array(memory.buffer, 64, 2).fill(0);
      if (kind === "Condition") new Int32Array(memory.buffer, 128, 2).fill(0);
      try {
        using same = Class.open(name);
        opened++;
        use(same, true);
      } catch (error) {
        assert(error instanceof Error && !/detached|undefined|null/.test(error.message), `${error}`);
      }
    }
    bytes.set(good);
    memory.close();
    assert(opened > 1_000, `${opened}`);
    assert(performance.now() - started < 25_000);
    object.unlink();
  });
}
