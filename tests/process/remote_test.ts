import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { byReference, connectionPair, expose, pipe, PipeReader, setProperty, wrap } from "../../mod.ts";
import { errorOf } from "../support/errors.ts";
import { remoteTest as test } from "../support/remotes.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

test("methods are called with their object as this, and return promises", () => ({
  factor: 2,
  double(n: number) {
    return n * this.factor;
  },
  later: (value: unknown) => Promise.resolve(value),
}), async ({ remote }) => {
  assertEquals(await remote.double(4), 8);
  assertEquals(await remote.later({ a: [1, new Map([[1, 2]])] }), { a: [1, new Map([[1, 2]])] });
});

test(
  "properties are read and set, also deep inside",
  () => ({ n: 1, deep: { list: [1, 2], on: false } }),
  async ({ remote }) => {
    assertEquals([await remote.n, await remote.deep.list, await remote.deep], [1, [1, 2], {
      list: [1, 2],
      on: false,
    }]);
    await setProperty(remote, "n", 5);
    await setProperty(remote.deep, "on", true);
    assertEquals([await remote.n, await remote.deep.on], [5, true]);
  },
);

class Account {
  balance = 10;
  #secret = "x";
  _internal = 1;
  get doubled() {
    return this.balance * 2;
  }
  set doubled(value: number) {
    this.balance = value / 2;
  }
  get fixed() {
    return this.#secret.length;
  }
  deposit(amount: number) {
    return this.balance += amount;
  }
}

test(
  "of an object of a class its members are reached, and its accessors",
  () => new Account(),
  async ({ remote }) => {
    assertEquals([await remote.deposit(5), await remote.balance, await remote.doubled], [15, 15, 30]);
    await setProperty(remote, "doubled", 4);
    assertEquals([await remote.balance, await remote.fixed], [2, 1]);
    await assertRejects(() => setProperty(remote, "fixed", 3), TypeError);
  },
);

test(
  "nothing is reached but what is exposed",
  () => ({
    account: new Account(),
    list: [1],
    text: "t",
    f: () => 1,
    map: new Map(),
    date: new Date(0),
    none: null,
  }),
  async ({ remote }) => {
    // deno-lint-ignore no-explicit-any -- What no type allows.
    const any = remote as any;
    const attempts: Record<string, () => unknown> = {
      constructor: () => any.constructor("return 1"),
      "constructor of a member": () => any.account.constructor(),
      "a function's constructor": () => any.f.constructor("return 1"),
      __proto__: () => any.__proto__,
      "__proto__ of a member": () => any.account.__proto__.deposit(1),
      prototype: () => any.f.prototype,
      call: () => any.f.call(null),
      bind: () => any.f.bind(null),
      "a function's name": () => any.f.name,
      toString: () => any.toString(),
      hasOwnProperty: () => any["hasOwnProperty"]("f"),
      valueOf: () => any.account.valueOf(),
      __defineGetter__: () => any.__defineGetter__("x", () => {}),
      "an array's methods": () => any.list.push(1),
      "a string's methods": () => any.text.toUpperCase(),
      "a map's methods": () => any.map.get(1),
      "a date's methods": () => any.date.getTime(),
      "an underscore": () => any.account._internal,
      "a private field": () => any.account["#secret"],
      "what is not there": () => any.nothing(),
      "what is behind null": () => any.none.x,
      "an object of a class, whole": () => any.account,
      "a new property": () => setProperty(any, "fresh", 1),
      "a new method": () => setProperty(any, "f", 1),
      "a class's method": () => setProperty(any.account, "deposit", 1),
      "the prototype": () => setProperty(any, "__proto__", {}),
      "a value as a function": () => any.text(),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const error = await errorOf(async () => await attempt());
      assert(error instanceof TypeError, `${what}: ${error}`);
      assertStringIncludes(error.message, "Cannot ");
    }
    assertEquals(await remote.account.balance, 10);
  },
);

test("an error arrives with class, message, properties, cause and remote stack", () => ({
  fail() {
    throw Object.assign(new RangeError("no", { cause: new Deno.errors.NotFound("deep") }), { code: "E1" });
  },
  reject: () => Promise.reject("not an error"),
}), async ({ remote }) => {
  const error = await errorOf(() => remote.fail()) as RangeError & { code: string };
  assertInstanceOf(error, RangeError);
  assertInstanceOf(error.cause, Deno.errors.NotFound);
  assertEquals([error.message, error.code], ["no", "E1"]);
  assertStringIncludes(error.stack!, "remote_test.ts");
  assertEquals(await remote.reject().catch((value: unknown) => value), "not an error");
});

test("calls go on at once: a slow one delays no other", () => {
  const waiting: (() => void)[] = [];
  return {
    wait: () => new Promise<void>((resolve) => waiting.push(resolve)),
    go: () => waiting.splice(0).forEach((go) => go()),
  };
}, async ({ remote }) => {
  const slow = Array.from({ length: 100 }, () => remote.wait());
  await remote.go();
  await Promise.all(slow);
});

test("a callback is called where it is, and its errors arrive", () => ({
  each: async (values: number[], call: (n: number) => unknown) => {
    const results = [];
    for (const value of values) results.push(await call(value));
    return results;
  },
}), async ({ remote }) => {
  const seen: number[] = [];
  assertEquals(await remote.each([1, 2], (n) => seen.push(n) * 10), [10, 20]);
  assertEquals(seen, [1, 2]);
  await assertRejects(
    () =>
      remote.each([1], () => {
        throw new RangeError("from the callback");
      }),
    RangeError,
    "from the callback",
  );
});

test("a function that is a result can be called, and sent back as itself", () => {
  const made = (n: number) => n * 2;
  return { make: () => made, isSame: (f: unknown) => f === made };
}, async ({ remote }) => {
  const doubled = await remote.make();
  assertEquals(await doubled(4), 8);
  assertEquals(await remote.isSame(doubled), true);
});

test("an async iterable is read one by one: the reader's pace is the writer's", () => {
  const state = { made: 0, ended: false };
  return {
    state: () => ({ ...state }),
    async *count(to: number) {
      try {
        for (; state.made < to;) yield ++state.made;
      } finally {
        state.ended = true;
      }
    },
    *plain() {
      yield* ["a", "b"];
    },
    // deno-lint-ignore require-yield -- It fails before.
    async *failing() {
      await Promise.resolve();
      throw new RangeError("in the middle");
    },
  };
}, async ({ remote }) => {
  const seen = [];
  for await (const n of remote.count(1_000_000)) {
    seen.push(n);
    if (n === 3) break;
  }
  assertEquals(seen, [1, 2, 3]);
  assertEquals(await remote.state(), { made: 3, ended: true });
  const all = [];
  // deno-lint-ignore no-explicit-any -- Generators that are not asynchronous become so.
  for await (const value of (remote as any).plain()) all.push(value);
  assertEquals(all, ["a", "b"]);
  await assertRejects(
    async () => {
      for await (const _ of remote.failing());
    },
    RangeError,
    "in the middle",
  );
});

test("an async iterable can be an argument", () => ({
  async sum(numbers: AsyncIterable<number>) {
    let sum = 0;
    for await (const n of numbers) sum += n;
    return sum;
  },
}), async ({ remote }) => {
  const numbers = (async function*() {
    yield* [1, 2, 3];
  })();
  assertEquals(await remote.sum(numbers), 6);
  assertEquals(await remote.sum(ReadableStream.from([4, 5])), 9);
});

test("an abort rejects the call, and aborts the signal of the method", () => {
  const seen: unknown[] = [];
  const wait = (signal: AbortSignal) =>
    new Promise((_, reject) =>
      signal.addEventListener("abort", () => {
        seen.push(signal.reason);
        reject(signal.reason);
      })
    );
  return { wait, inOptions: ({ signal }: { signal: AbortSignal }) => wait(signal), seen: () => seen };
}, async ({ remote }) => {
  const controller = new AbortController();
  const waiting = [remote.wait(controller.signal), remote.inOptions({ signal: controller.signal })];
  const reason = new RangeError("enough");
  controller.abort(reason);
  assertEquals(await errorOf(() => waiting[0]!), reason);
  await assertRejects(() => waiting[1]!, RangeError, "enough");
  assertEquals((await remote.seen() as Error[]).map(({ message }) => message), ["enough", "enough"]);
  assertEquals(await errorOf(() => remote.wait(AbortSignal.abort(reason))), reason);
});

Deno.test("a call whose options have a signal ends when that is aborted, though nobody answers", async () => {
  const [here, there] = connectionPair();
  const remote = wrap<{ get(options: { signal: AbortSignal }): number }>(here);
  const controller = new AbortController();
  const getting = remote.get({ signal: controller.signal });
  controller.abort(new Error("mine"));
  await within(PATIENCE_MS, "the call to end", () => assertRejects(() => getting, Error, "mine"));
  here.close();
  there.close();
});

test("a reference is given up by its disposal, by the end of the connection, and once", () => {
  let released = 0;
  return {
    open: () => byReference(new Account(), { released: () => released++ }),
    released: () => released,
  };
}, async ({ remote }) => {
  {
    using account = await remote.open();
    assertEquals(await account.deposit(1), 11);
  }
  await until("the release", async () => await remote.released() === 1);
  const again = await remote.open();
  again[Symbol.dispose]();
  again[Symbol.dispose]();
  await assertRejects(() => again.deposit(1), TypeError, "the reference was given up");
  assertEquals(await remote.released(), 2);
});

Deno.test("references are released when the connection ends", async () => {
  const [here, there] = connectionPair();
  let released = 0;
  const over = expose({ open: () => byReference({ a: 1 }, { released: () => released++ }) }, there);
  const remote = wrap<{ open(): ReturnType<typeof byReference> }>(here);
  await remote.open();
  await remote.open();
  assertEquals(released, 0);
  here.close();
  await over;
  assertEquals(released, 2);
});

test("calls under way reject when the other side leaves, and later ones, too", () => ({
  never: () => new Promise(() => {}),
}), async ({ remote, there }) => {
  const waiting = remote.never();
  waiting.catch(() => {});
  await assertRejects(
    async () => await (remote as never as { nothing: Promise<unknown> }).nothing,
    TypeError,
  );
  there.close();
  await assertRejects(() => waiting, Deno.errors.UnexpectedEof);
  await assertRejects(() => remote.never(), Deno.errors.UnexpectedEof);
});

test(
  "calls reject when this side closes",
  () => ({ never: () => new Promise(() => {}) }),
  async ({ remote, here }) => {
    const waiting = remote.never();
    waiting.catch(() => {});
    await assertRejects(
      async () => await (remote as never as { nothing: Promise<unknown> }).nothing,
      TypeError,
    );
    here.close();
    await assertRejects(() => waiting, Deno.errors.BadResource);
  },
);

test("what cannot be carried is an error with its path, and the connection goes on", () => ({
  weak: () => ({ a: [new WeakMap()] }),
  same: (value: unknown) => value,
}), async ({ remote }) => {
  await assertRejects(() => remote.same({ a: [Symbol("x")] }), TypeError, ".a[0]: a symbol");
  await assertRejects(() => remote.weak(), TypeError, ".a[0]: a WeakMap");
  assertEquals(await remote.same(1), 1);
});

Deno.test("handles travel in calls over connections with the option handles", async () => {
  const [here, there] = connectionPair({ handles: true });
  const over = expose({ same: (reader: PipeReader) => reader }, there);
  const { reader, writer } = pipe();
  using back = await wrap<{ same(reader: PipeReader): PipeReader }>(here).same(
    reader,
  ) as unknown as PipeReader;
  assertInstanceOf(back, PipeReader);
  await writer.write("through\n");
  writer.close();
  assertEquals(await back.text(), "through\n");
  here.close();
  await over;
});

Deno.test("what has nothing to reach is not exposed", () => {
  const [here, there] = connectionPair();
  for (const value of [undefined, null, 5, "x", {}, new Map(), { _a: 1 }]) {
    assertThrows(() => expose(value as never, there), TypeError, "Cannot expose");
  }
  void expose({ a: 1 }, there);
  assertThrows(() => expose({ a: 1 }, there), TypeError, "a second object");
  assertThrows(() => expose({ a: 1 }, {} as never), TypeError, "Connection");
  here.close();
  there.close();
});

Deno.test("a call to a side that exposes nothing is an error", async () => {
  const [here, there] = connectionPair();
  wrap(there);
  // deno-lint-ignore no-explicit-any -- Nothing is there.
  await assertRejects(() => wrap<any>(here).anything(), TypeError, "exposes nothing");
  here.close();
  there.close();
});

Deno.test("both sides can expose, and call each other from inside a call", async () => {
  const [a, b] = connectionPair();
  type Side = { down(n: number): Promise<number> };
  const side = (other: () => { down(n: number): Promise<number> }): Side => ({
    down: async (n) => n === 0 ? 0 : 1 + await other().down(n - 1),
  });
  void expose(side(() => wrap<Side>(a)), a);
  void expose(side(() => wrap<Side>(b)), b);
  assertEquals(await wrap<Side>(a).down(20), 20);
  a.close();
  b.close();
});

Deno.test("messages that are no calls end the connection, whatever they are", async () => {
  const hostile = [
    5,
    "text",
    null,
    [],
    [0],
    [99, 1],
    [0, "x"],
    [0, -1, 0, ["f"], []],
    [3, 1e300, 1],
    [6, 0, -5],
    { length: 2, 0: 0, 1: 1 },
  ];
  for (const message of hostile) {
    const [here, there] = connectionPair();
    const over = expose({ f: () => 1 }, there);
    await here.send(message);
    await here.send([0, 1, 0, ["f"], []]);
    const answer = await here.recv({ timeout: 10_000 }).catch((error) => error);
    assert(answer instanceof Error || answer[1] === 1, Deno.inspect(answer));
    here.close();
    await over;
  }
});

Deno.test("calls with a hostile target, path or arguments are errors, and harm nobody", async () => {
  const [here, there] = connectionPair();
  const over = expose({ f: () => 1 }, there);
  const hostile = [
    [0, 1, 7, ["f"], []],
    [0, 1, "0", ["f"], []],
    [0, 1, 0, "f", []],
    [0, 1, 0, [["f"]], []],
    [0, 1, 0, [{ toString: 1 }], []],
    [0, 1, 0, Array(1000).fill("f"), []],
    [1, 1, 0, [null]],
    [2, 1, 0, [], 1],
    [2, 1, 0, ["__proto__"], {}],
    [0, 1, 0, [], []],
  ];
  for (const message of hostile) {
    await here.send(message);
    const [kind, call] = await here.recv({ timeout: 10_000 });
    assertEquals([kind, call], [4, 1], Deno.inspect(message));
  }
  await here.send([0, 2, 0, ["f"], "no array"]);
  assertEquals(await here.recv(), [3, 2, 1]);
  here.close();
  await over;
});
