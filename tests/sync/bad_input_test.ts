/** What each kind of object makes of names and memory that are not its own. */

import { assert, assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { SharedMemory, type SharedObjectOptions } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { SHARED_KINDS } from "../support/shared_kinds.ts";
import { notOnLinux, test } from "../support/shared_memory.ts";
import { skipIf } from "../support/skip.ts";

const OPTIONS: [SharedObjectOptions, typeof TypeError | typeof RangeError, string][] = [
  [{ name: "" }, TypeError, "empty"],
  [{ name: "a/b" }, TypeError, "slash"],
  [{ name: "/a" }, TypeError, "slash"],
  [{ name: ".." }, TypeError, "folder"],
  [{ name: 7 as unknown as string }, TypeError, "string"],
  [{ name: "x".repeat(256) }, RangeError, "256 bytes"],
  [{ mode: 0o600 }, TypeError, "with a name"],
];

/** How this library's errors begin: those that the engine throws by itself begin otherwise. */
const CLEAR = /^Cannot (use|open|acquire|release|wait|notify|send|reserve|receive|put|get|end)\b/;

for (const [kind, { Class, create, use, mutexes }] of Object.entries(SHARED_KINDS)) {
  test(`${kind}: a name that is none is refused, to create, open and unlink`, () => {
    for (const [options, type, why] of OPTIONS) {
      assertThrows(() => create(options), type, why);
      if (options.name === undefined) continue;
      assertThrows(() => Class.open(options.name!), type, why);
      assertThrows(() => Class.unlink(options.name!), type, why);
    }
  });

  test(`${kind}: a name that is taken, or not there, is a typed error, and changes nothing`, (name) => {
    assertThrows(() => Class.open(name), Deno.errors.NotFound, name);
    using object = create({ name });
    assertThrows(() => create({ name }), Deno.errors.AlreadyExists, name);
    use(object);
    object.unlink();
    assertThrows(() => Class.open(name), Deno.errors.NotFound, name);
  });

  test(`${kind}: it opens what it created, and nothing else`, (name) => {
    using object = create({ name });
    {
      using opened = Class.open(name);
      assertInstanceOf(opened, Class);
    }
    for (const [other, { Class: Other }] of Object.entries(SHARED_KINDS)) {
      if (other === kind) continue;
      assertThrows(() => Other.open(name), Deno.errors.InvalidData, `it is a ${kind}`);
      assertThrows(() => Other.from(object.share()), TypeError, `Cannot receive a ${kind} as a ${other}`);
    }
    object.unlink();
  });

  test(`${kind}: a peer of another version, and one whose file was cut short, is told so`, (name) => {
    using object = create({ name });
    using memory = SharedMemory.open(name);
    const header = new Uint32Array(memory.buffer, 0, 16);
    header[1]!++;
    const { message } = assertThrows(() => Class.open(name), Deno.errors.InvalidData) as Error;
    assertStringIncludes(message, "it has version 2 of its layout, and this program knows version 1");
    header[1]!--;
    const path = `/dev/shm/${name}`;
    const whole = Deno.readFileSync(path);
    object.unlink();
    for (const size of [1, 63, 64, 100, whole.length - 1, whole.length + 1]) {
      const bytes = new Uint8Array(size);
      bytes.set(whole.subarray(0, size));
      Deno.writeFileSync(path, bytes);
      assertThrows(() => Class.open(name), Deno.errors.InvalidData, `${size}`);
    }
    Deno.removeSync(path);
  });

  test(`${kind}: 10,000 states of its memory that nobody wrote neither crash nor hang it`, (name) => {
    using object = create({ name });
    const memory = SharedMemory.open(name);
    const bytes = new Uint8Array(memory.buffer);
    const good = bytes.slice();
    let opened = 0;
    const started = performance.now();
    for (let round = 0; round < 10_000; round++) {
      bytes.set(good);
      // Header and mutex stay right in most rounds: the rest is what a kind trusts least.
      const from = round % 4 === 0 ? 24 : 64;
      const count = 1 + round % 16;
      for (let i = 0; i < count; i++) {
        bytes[from + Math.floor(Math.random() * Math.min(bytes.length - from, 512))] = Math.random() * 256;
      }
      bytes[60] = 0;
      for (const mutex of mutexes) new Int32Array(memory.buffer, mutex, 2).fill(0);
      try {
        using same = Class.open(name);
        opened++;
        use(same);
      } catch (error) {
        if (!(error instanceof Error && CLEAR.test(error.message))) throw error;
      }
    }
    bytes.set(good);
    memory.close();
    assert(opened > 1_000, `${opened}`);
    assert(performance.now() - started < 25_000);
    object.unlink();
  });
}

test(
  "a name of each kind that the mode does not let another user write to is PermissionDenied",
  async (prefix) => {
    const objects = Object.entries(SHARED_KINDS).flatMap(([kind, { create }], i) =>
      [0o600, 0o644].map((mode) => ({ kind, object: create({ name: `${prefix}-${i}-${mode}`, mode }) }))
    );
    try {
      const names = objects.map(({ kind, object: { name } }) => [kind, name]);
      await using nobody = startChild("objects_as_nobody", { args: [JSON.stringify(names)] });
      assertEquals(JSON.parse(await nobody.finished()), names.map(() => "PermissionDenied EACCES"));
    } finally {
      for (const { object } of objects) {
        object.unlink();
        object.close();
      }
    }
  },
  notOnLinux || skipIf(Deno.uid() !== 0, "only root can become another user"),
);
