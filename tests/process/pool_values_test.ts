import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Lock, pipe, Queue, SharedValue } from "../../mod.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { all, poolOf, test, testBoth } from "../support/pools.ts";

testBoth("arguments and results travel by structured clone, of any size", async (kind) => {
  await using pool = poolOf(kind);
  const cycle: Record<string, unknown> = { at: new Date(5), map: new Map([[1, new Set(["x"])]]), n: 10n };
  cycle["self"] = cycle;
  const [back] = await pool.apply("same", [cycle]) as [typeof cycle];
  assertEquals(back["self"], back);
  assertEquals([back["map"], back["n"]], [cycle["map"], 10n]);
  for (const size of [0, 1, 1000, 40_000, 1 << 20, 9_000_000]) {
    const bytes = new Uint8Array(size).fill(3);
    assertEquals(await pool.apply("sum", [bytes]), 3 * size);
    assertEquals(await pool.apply("same", [bytes, 1]), [bytes, 1]);
  }
});

testBoth(
  "memory of any size at any place of a value arrives as it was, once for all that refer to it",
  async (kind) => {
    await using pool = poolOf(kind);
    for (let round = 0; round < 60; round++) {
      const [small, large, larger] = [round * 300, 16_384 + round, 1_000 + round * 40_000].map(patterned);
      const doubles = new Float64Array(patterned(8 * (round + 2000)).buffer);
      const value = {
        text: "é".repeat(round),
        small,
        large,
        more: [larger!.buffer, { doubles }, new Uint16Array(large!.buffer, 2, 8000), large],
        last: doubles.buffer,
      };
      const [back] = await pool.apply("same", [value]) as [typeof value];
      assertEquals(back, { ...value, more: [...value.more] });
      assert(
        back.more[3] === back.large
          && back.last === (back.more[1] as { doubles: Float64Array }).doubles.buffer,
      );
    }
  },
);

testBoth("a getter in an argument may call the pool itself", async (kind) => {
  await using pool = poolOf(kind);
  const large = patterned(100_000);
  let inner: Promise<unknown> | undefined;
  const outer = {
    large,
    get other() {
      inner ??= pool.apply("same", [patterned(50_000)]);
      return 1;
    },
    after: patterned(70_000),
  };
  assertEquals(await pool.apply("same", [outer]), [{ large, other: 1, after: patterned(70_000) }]);
  assertEquals(await inner, [patterned(50_000)]);
});

testBoth("many large values at the same time arrive whole", async (kind) => {
  await using pool = poolOf(kind);
  const sizes = Array.from({ length: 40 }, (_, n) => 100_000 + n * 30_000);
  const results = await pool.map("large", sizes, { chunkSize: 1 });
  assertEquals(results.map(({ length }) => length), sizes);
  assert(results.every((bytes) => bytes.every((byte) => byte === 7)));
});

test("large values to several processes at the same time do not mix, without shared memory either", async () => {
  for (const permissions of ["none", "inherit"] as const) {
    await using pool = poolOf("process", { size: 3, permissions });
    const numbers = Array.from({ length: 60 }, (_, n) => n);
    const values = numbers.map((n) => new Uint8Array(900_000).fill(n));
    assertEquals(await pool.map("only", values, { chunkSize: 1 }), numbers, permissions);
  }
});

testBoth("what cannot be cloned fails its call, with the path, and nothing else", async (kind) => {
  await using pool = poolOf(kind);
  const there = await assertFails(() => pool.apply("same", [{ a: [() => 1] }]), { type: TypeError });
  assertEquals(there.message, "Cannot run 'same' in the pool: the arguments[0].a[0]: a function");
  const back = await assertFails(() => pool.apply("aFunction"), { type: TypeError });
  assertEquals(back.message, "Cannot send the result of 'aFunction': it: a function");
  const one = await errorOf(() => pool.map("same", [1, Symbol("x")], { chunkSize: 1 })) as Error;
  assertStringIncludes(one.message, "symbol");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth("arguments and results over maxMessageSize are refused", async (kind) => {
  await using pool = poolOf(kind, { maxMessageSize: 10_000 });
  const there = await assertFails(() => pool.apply("sum", [new Uint8Array(10_000)]), { type: RangeError });
  assertStringIncludes(there.message, "maxMessageSize is 10000");
  const back = await assertFails(() => pool.apply("large", [10_000]), { type: RangeError });
  assertStringIncludes(back.message, "Cannot send the result of 'large': it has ");
  assertEquals((await pool.apply("large", [9000])).length, 9000);
});

testBoth("shared memory and locks arrive as the same object", async (kind) => {
  await using pool = poolOf(kind);
  using lock = Lock.create();
  using value = SharedValue.create({ type: "int32" });
  await pool.starmap("locked", Array.from({ length: 40 }, () => [lock, value]), { chunkSize: 1 });
  assertEquals(value.value, 40);
});

testBoth("a queue takes what tasks put into it", async (kind) => {
  await using pool = poolOf(kind);
  using queue = Queue.create();
  await Promise.all([1, 2, 3].map((n) => pool.apply("put", [queue, n])));
  const came = [await queue.get(), await queue.get(), await queue.get()];
  assertEquals(came.toSorted(), [1, 2, 3]);
});

testBoth("an end of a pipe moves to the worker, and cannot be used here any more", async (kind) => {
  await using pool = poolOf(kind);
  await pool.map("sleep", [1, 1], { chunkSize: 1 });
  // Among others, so that it is neither sent ahead nor taken back.
  const others = pool.map("square", Array(300).fill(2), { chunkSize: 1 });
  for (let n = 0; n < 5; n++) {
    const { reader, writer } = pipe();
    const written = pool.apply("writeLine", [writer, `line ${n}`]);
    assertEquals(await reader.text(), `line ${n}\n`);
    await written;
    assert(await errorOf(() => writer.write("more")) instanceof Deno.errors.BadResource);
    reader.close();
  }
  assertEquals((await others).length, 300);
});

testBoth(
  "whatever can be iterated is a source of values: text, a Map, an object that is a bit of both",
  async (kind) => {
    await using pool = poolOf(kind);
    assertEquals(await pool.map("same", "añ"), [["a"], ["ñ"]]);
    assertEquals(await pool.starmap("add", new Map([[1, 2], [3, 4]])), [3, 7]);
    const both = {
      *[Symbol.iterator]() {
        yield 5;
      },
      [Symbol.asyncIterator]: undefined,
    };
    assertEquals(await pool.map("square", both as unknown as Iterable<number>), [25]);
  },
);

testBoth("an endless source is read no further than a few values ahead", async (kind) => {
  await using pool = poolOf(kind);
  let read = 0;
  const endless = function*() {
    for (;;) yield read++;
  };
  const later = async function*() {
    for (;;) yield await Promise.resolve(read++);
  };
  for (const source of [endless, later]) {
    read = 0;
    const results = pool.imap("square", source(), { ahead: 10 });
    for (let n = 0; n < 100; n++) {
      assertEquals((await results.next()).value, n * n);
      assert(read <= n + 12, `${read} were read for ${n}`);
    }
    await results.return!();
  }
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

testBoth("to leave an imap() early drops the rest, and ends the source", async (kind) => {
  await using pool = poolOf(kind);
  let ended = false;
  const source = function*() {
    try {
      for (let n = 0;; n++) yield n;
    } finally {
      ended = true;
    }
  };
  for await (const result of pool.imapUnordered("square", source())) if (result >= 4) break;
  assert(ended);
  assertEquals(await all(pool.imap("square", [1, 2])), [1, 4]);
});

test("a process has no more permissions than it is given, and works without calls of the C library", async () => {
  const dir = new URL("../children/", import.meta.url);
  await using pool = poolOf("process", { permissions: { read: [dir] } });
  assertEquals(await pool.apply("foreignCalls"), "prompt");
  assertEquals(await pool.map("square", [1, 2, 3], { chunkSize: 1 }), [1, 4, 9]);
  assertStringIncludes(
    await pool.apply("readFile", [new URL("pool_work.ts", dir).pathname]),
    "Functions that tests",
  );
  await assertFails(() => pool.apply("readFile", ["/etc/passwd"]), { type: Deno.errors.NotCapable });
  const bytes = new Uint8Array(3_000_000).fill(1);
  assertEquals(await pool.apply("sum", [bytes]), bytes.length);
  assertEquals((await pool.apply("large", [3_000_000])).length, 3_000_000);
  using value = SharedValue.create({ type: "int32" });
  const error = await errorOf(() => pool.apply("mark", [value])) as Error;
  assertStringIncludes(error.message, "--allow-ffi");
  assertEquals(await pool.apply("add", [1, 2]), 3);
});

test("a process without calls of the C library that ends fails its own task", async () => {
  await using pool = poolOf("process", { permissions: "none", size: 1 });
  const ends = await Promise.allSettled([1, 2, 3, 4].map((n) => pool.apply("exitForThree", [n])));
  assertEquals(ends.map(({ status }) => status), ["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  const error = await errorOf(() => pool.apply("failLater")) as Error;
  assertStringIncludes(error.message, "nobody caught SyntaxError");
});

test("env and cwd are the processes'", async () => {
  await using pool = poolOf("process", { env: { POOL_TEST: "yes" }, cwd: "/" });
  assertEquals([await pool.apply("variable", ["POOL_TEST"]), await pool.apply("folder")], ["yes", "/"]);
  const [name, daemon] = await pool.apply("nameAndDaemon") as [string, boolean];
  assertStringIncludes(name, "PoolWorker-");
  assertEquals(daemon, true);
});

/** Bytes that are not the same anywhere near. */
function patterned(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
}
