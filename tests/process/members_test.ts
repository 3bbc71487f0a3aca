import { assert, assertEquals, assertRejects } from "@std/assert";
import { errorOf } from "../support/errors.ts";
import { remoteTest as test } from "../support/remotes.ts";

class Base {
  inherited() {
    return "of a class of ours";
  }
}

class Sub extends Base {
  own() {
    return this.inherited();
  }
}

class Registry extends Map<string, number> {
  find(key: string) {
    return this.get(key);
  }
}

/** Fails unless each attempt is refused. */
async function assertUnreachable(attempts: Record<string, () => unknown>): Promise<void> {
  for (const [what, attempt] of Object.entries(attempts)) {
    const error = await errorOf(async () => await attempt());
    assert(error instanceof TypeError, `${what}: ${Deno.inspect(error)}`);
  }
}

test("what a class of ours inherits from another of ours is reached", () => new Sub(), async ({ remote }) => {
  assertEquals([await remote.own(), await remote.inherited()], ["of a class of ours", "of a class of ours"]);
});

test("what a class of ours inherits from the language's or the runtime's is not reached", () => ({
  registry: new Registry([["a", 1]]),
  list: new (class extends Array<number> {
    sum() {
      return this.reduce((a, b) => a + b, 0);
    }
  })(),
  target: new (class extends EventTarget {
    hello() {
      return "hello";
    }
  })(),
  stream: new ReadableStream(),
}), async ({ remote }) => {
  // deno-lint-ignore no-explicit-any -- What no type allows.
  const any = remote as any;
  assertEquals([await any.registry.find("a"), await any.list.sum(), await any.target.hello()], [
    1,
    0,
    "hello",
  ]);
  await assertUnreachable({
    get: () => any.registry.get("a"),
    size: () => any.registry.size,
    clear: () => any.registry.clear(),
    push: () => any.list.push(1),
    addEventListener: () => any.target.addEventListener("x", () => {}),
    dispatchEvent: () => any.target.dispatchEvent({}),
    "a stream's cancel": () => any.stream.cancel(),
  });
});

test("of an exposed function its call is reached, and nothing that it has by nature", () => {
  const double = (n: number) => n * 2;
  return Object.assign(double, { version: 3 });
}, async ({ remote }) => {
  // deno-lint-ignore no-explicit-any -- As above.
  const any = remote as any;
  assertEquals([await remote(4), await any.version], [8, 3]);
  await assertUnreachable({
    name: () => any.name,
    length: () => any.length,
    prototype: () => any.prototype,
    call: () => any.call(null, 1),
    apply: () => any.apply(null, [1]),
    constructor: () => any.constructor("return 1"),
  });
});

test("members under symbols are not there", () => ({
  [Symbol.iterator]: () => [1].values(),
  [Symbol.toPrimitive]: () => "secret",
  [Symbol.for("key")]: 1,
  there: 1,
}), async ({ remote }) => {
  // deno-lint-ignore no-explicit-any -- As above.
  const any = remote as any;
  for (const key of [Symbol.iterator, Symbol.toPrimitive, Symbol.for("key"), Symbol.toStringTag]) {
    assertEquals(any[key], undefined);
  }
  assertEquals(await remote.there, 1);
});

test("a getter runs for whoever asks, and its error arrives", () => {
  let asked = 0;
  return {
    get count() {
      return ++asked;
    },
    get broken(): number {
      throw new RangeError("broken");
    },
    set only(_: number) {
      asked = 0;
    },
  };
}, async ({ remote }) => {
  assertEquals([await remote.count, await remote.count], [1, 2]);
  await assertRejects(async () => await remote.broken, RangeError, "broken");
  assertEquals(await remote.only, undefined);
});

test("a name that is no name of its own is not one of the language's objects", () => ({
  plain: { a: 1 },
  none: Object.create(null, { b: { value: 2, enumerable: true } }) as { b: number },
}), async ({ remote }) => {
  // deno-lint-ignore no-explicit-any -- As above.
  const any = remote as any;
  assertEquals([await remote.plain.a, await any.none.b], [1, 2]);
  await assertUnreachable({
    "of a plain object": () => any.plain.toLocaleString(),
    "of an object without prototype": () => any.none.toString(),
    "by a path of 100": () => {
      let deep = any;
      for (let i = 0; i < 100; i++) deep = deep.plain;
      return deep.a;
    },
    "by an empty name": () => any[""],
    "by a number": () => any[0],
  });
});
