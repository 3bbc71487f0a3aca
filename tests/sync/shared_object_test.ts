/** What the objects in shared memory have in common: the header, and that no other's is mistaken for it. */

import { assert, assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import {
  createObject,
  DOORBELL,
  HEADER_SIZE,
  invalidObject,
  type Layout,
  PARAMETERS,
  SharedObject,
  type SharedObjectOptions,
} from "../../lib/sync/shared_object.ts";
import { SharedMemory, spawn } from "../../mod.ts";
import { assertFails } from "../support/errors.ts";
import { isThere, test } from "../support/shared_memory.ts";
import { ended } from "../support/spawned.ts";

const SIZE = 256;

/** An object with one parameter, and nothing to do. */
class Thing extends SharedObject {
  static readonly layout: Layout = { kind: "Lock", version: 3, leastSize: 128 };
  readonly parameter: number;

  static create(options: SharedObjectOptions & { parameter?: number } = {}): Thing {
    return new Thing(createObject(Thing.layout, SIZE, options, (buffer) => {
      new DataView(buffer).setUint32(PARAMETERS, options.parameter ?? 1, true);
    }));
  }

  constructor(memory: SharedMemory) {
    super(memory);
    this.parameter = new DataView(memory.buffer).getUint32(PARAMETERS, true);
    if (this.parameter > 9) throw invalidObject("Lock", memory.name, `its parameter is ${this.parameter}`);
  }
}

class Other extends SharedObject {
  static readonly layout: Layout = { kind: "Queue", version: 3, leastSize: 128 };
}

/** Memory with such a header, as another program may have made it. */
function foreign(name: string, header: Uint8Array, size = SIZE): SharedMemory {
  return SharedMemory.createWith({ name, size }, (buffer) => new Uint8Array(buffer).set(header));
}

function headerOf(thing: Thing): Uint8Array {
  return new Uint8Array(thing.memory.buffer).slice(0, HEADER_SIZE);
}

test("an object is created, opened, shared and unlinked, and is one and the same", (name) => {
  using thing = Thing.create({ name, parameter: 7 });
  using opened: Thing = Thing.open(name);
  using shared: Thing = Thing.from(JSON.parse(JSON.stringify(opened.share())));
  assertInstanceOf(shared, Thing);
  assertEquals([opened.parameter, shared.parameter, shared.name], [7, 7, name]);
  new Uint8Array(thing.memory.buffer)[HEADER_SIZE] = 5;
  assertEquals(new Uint8Array(shared.memory.buffer)[HEADER_SIZE], 5);
  assertThrows(() => opened.unlink(), TypeError, "opened");
  thing.close();
  thing.close();
  assertEquals([thing.closed, opened.closed], [true, false]);
  thing.unlink();
  assertEquals(isThere(name), false);
});

test("the header is what its documentation says", () => {
  using thing = Thing.create({ parameter: 0x01020304 & 7 });
  const header = new DataView(thing.memory.buffer);
  assertEquals(new TextDecoder().decode(new Uint8Array(thing.memory.buffer, 0, 4).slice()), "ipc!");
  assertEquals([4, 8, 12].map((offset) => header.getUint32(offset, true)), [3, 1, 0]);
  assertEquals(header.getBigUint64(16, true), BigInt(SIZE));
  assertEquals(header.getUint32(PARAMETERS, true), 4);
  assertEquals([HEADER_SIZE, PARAMETERS, DOORBELL], [64, 24, 60]);
});

test("an object is given to a child of any language as a descriptor", async () => {
  using thing = Thing.create();
  new Uint8Array(thing.memory.buffer)[SIZE - 1] = 42;
  const script = `dd bs=1 skip=${SIZE - 1} count=1 <&7 2>/dev/null | od -An -tu1`;
  const child = spawn("sh", { args: ["-c", script], stdout: "piped", stderr: "piped", fds: { 7: thing } });
  assertEquals((await ended(child)).out.trim(), "42");
});

test("a token of another kind is a TypeError", () => {
  using thing = Thing.create();
  assertThrows(() => Other.from(thing.share()), TypeError, "Cannot receive a Lock as a Queue");
  assertThrows(() => SharedMemory.from(thing.share()), TypeError, "use Lock.from()");
});

const WRONG: [string, (header: DataView) => void, number, string][] = [
  ["another magic", (header) => header.setUint32(0, 0x01020304, true), SIZE, "not made by this library"],
  ["no magic", (header) => header.setUint32(0, 0), SIZE, "not made by this library"],
  ["another version", (header) => header.setUint32(4, 4, true), SIZE, "version 4"],
  ["another kind", (header) => header.setUint32(8, 12, true), SIZE, "it is a Queue"],
  ["an unknown kind", (header) => header.setUint32(8, 0xffffffff, true), SIZE, "unknown kind 4294967295"],
  ["kind 0", (header) => header.setUint32(8, 0, true), SIZE, "unknown kind 0"],
  [
    "a larger size",
    (header) => header.setBigUint64(16, 2n ** 64n - 1n, true),
    SIZE,
    "says 18446744073709551615",
  ],
  ["a smaller size", (header) => header.setBigUint64(16, 0n, true), SIZE, "says 0 bytes"],
  ["a cut end", () => {}, SIZE - 1, "says 256 bytes, and it has 255"],
  ["too small a size", (header) => header.setBigUint64(16, 64n, true), 64, "the least is 128"],
  ["a wrong parameter", (header) => header.setUint32(PARAMETERS, 10, true), SIZE, "its parameter is 10"],
];
for (const [what, change, size, message] of WRONG) {
  test(`an object with ${what} is InvalidData that says what was found`, async (name) => {
    using thing = Thing.create();
    const header = headerOf(thing);
    change(new DataView(header.buffer));
    using memory = foreign(name, header, size);
    for (const open of [() => Thing.open(name), () => Thing.from({ ...memory.share(), kind: "Lock" })]) {
      const error = await assertFails(open, {
        type: Deno.errors.InvalidData,
        code: "EINVAL",
        syscall: "mmap",
      });
      assertStringIncludes(error.message, message);
    }
    memory.unlink();
  });
}

test("memory that is smaller than a header, or empty, is InvalidData", async (name) => {
  using memory = foreign(name, new Uint8Array(8), 8);
  await assertFails(() => Thing.open(name), {
    type: Deno.errors.InvalidData,
    code: "EINVAL",
    syscall: "mmap",
  });
  memory.unlink();
});

test("what is open to read only is refused: nobody would see what is done with it", async () => {
  using thing = Thing.create();
  await assertFails(() => Thing.from({ ...thing.share(), readOnly: true }), {
    type: Deno.errors.PermissionDenied,
    code: "EACCES",
    syscall: "mmap",
  });
});

test("10,000 random headers each are an object, or InvalidData, at once", (name) => {
  using thing = Thing.create();
  const good = headerOf(thing);
  using memory = foreign(name, good);
  const target = new Uint8Array(memory.buffer);
  const outcomes = { opened: 0, refused: 0 };
  const started = performance.now();
  for (let count = 0; count < 10_000; count++) {
    const header = crypto.getRandomValues(new Uint8Array(HEADER_SIZE));
    // All random ones end at the magic: most are right in part, and some in all but one byte.
    if (count % 4 > 0) header.set(good.subarray(0, 4 * (count % 7)));
    if (count % 4 === 3) {
      header.set(good);
      header[count % HEADER_SIZE] = count >> 6;
    }
    target.set(header);
    try {
      Thing.open(name).close();
      outcomes.opened++;
    } catch (error) {
      assertInstanceOf(error, Deno.errors.InvalidData);
      outcomes.refused++;
    }
  }
  assertEquals(outcomes.opened + outcomes.refused, 10_000);
  assert(outcomes.opened > 100 && outcomes.refused > 5000, JSON.stringify(outcomes));
  assert(performance.now() - started < 25_000);
  memory.unlink();
});

test("a name of an object that was left behind is taken over by the next create()", (name) => {
  Thing.create({ name, parameter: 2 }).close();
  using again = Thing.create({ name, parameter: 3 });
  using opened = Thing.open(name);
  assertEquals(opened.parameter, 3);
  again.unlink();
});
