import * as std from "@std/assert";
import assertion from "node:assert/strict";

/** Each assertion with a call that holds, a call that does not, and a part of the failure's message. */
const CASES: [name: string, holds: () => unknown, fails: () => unknown, message: RegExp][] = [
  ["assert", () => std.assert(1), () => std.assert(0, "zero"), /zero/],
  [
    "assertEquals",
    () => std.assertEquals({ a: [1] }, { a: [1] }),
    () => std.assertEquals([1, 2], [1, 3]),
    /not equal[^]*3/,
  ],
  [
    "assertNotEquals",
    () => std.assertNotEquals([1], [2]),
    () => std.assertNotEquals([1], [1]),
    /[Ee]xpected/,
  ],
  [
    "assertStrictEquals",
    () => std.assertStrictEquals(1, 1),
    () => std.assertStrictEquals([1], [1]),
    /not (strictly |reference-)equal/,
  ],
  ["assertExists", () => std.assertExists(0), () => std.assertExists(null), /null/],
  [
    "assertInstanceOf",
    () => std.assertInstanceOf([], Array),
    () => std.assertInstanceOf({}, Array),
    /"?Array"?/,
  ],
  ["assertMatch", () => std.assertMatch("abc", /b/), () => std.assertMatch("abc", /x/), /to match.*x/],
  [
    "assertStringIncludes",
    () => std.assertStringIncludes("abc", "b"),
    () => std.assertStringIncludes("abc", "x"),
    /to contain.*x/,
  ],
  ["assertGreater", () => std.assertGreater(2, 1), () => std.assertGreater(1, 1), /1 > 1/],
  [
    "assertGreaterOrEqual",
    () => std.assertGreaterOrEqual(1, 1),
    () => std.assertGreaterOrEqual(0, 1),
    /0 >= 1/,
  ],
  ["assertLess", () => std.assertLess(1, 2), () => std.assertLess(1, 1), /1 < 1/],
  ["assertLessOrEqual", () => std.assertLessOrEqual(1, 1), () => std.assertLessOrEqual(2, 1), /2 <= 1/],
  [
    "assertThrows",
    () => std.assertThrows(boom, TypeError, "boo"),
    () => std.assertThrows(() => {}),
    /to throw/,
  ],
  [
    "assertThrows with a class",
    () => std.assertThrows(boom, Error),
    () => std.assertThrows(boom, RangeError),
    /RangeError/,
  ],
  [
    "assertThrows with a text",
    () => std.assertThrows(boom),
    () => std.assertThrows(boom, TypeError, "bang"),
    /bang/,
  ],
  [
    "assertRejects",
    () => std.assertRejects(reject, TypeError, "boo"),
    () => std.assertRejects(() => Promise.resolve()),
    /to reject/,
  ],
  [
    "assertRejects with a class",
    () => std.assertRejects(reject, Error),
    () => std.assertRejects(reject, RangeError),
    /RangeError/,
  ],
  [
    "assertRejects of a throw",
    () => std.assertRejects(reject),
    () => std.assertRejects(boom),
    /throws when expected to reject/,
  ],
  ["fail", () => {}, () => std.fail("stop"), /stop/],
];

for (const [name, holds, fails, message] of CASES) {
  Deno.test(`${name} passes what holds and reports what does not`, async () => {
    await holds();
    await assertion.rejects(async () => void await fails(), (error: Error) => {
      assertion.ok(error instanceof std.AssertionError, `${error}`);
      assertion.match(error.message, message);
      return true;
    });
  });
}

Deno.test("assertThrows() and assertRejects() return the error", async () => {
  const thrown: TypeError = std.assertThrows(boom, TypeError);
  const rejected: TypeError = await std.assertRejects(reject, TypeError);
  assertion.deepEqual([thrown.message, rejected.message], ["boom", "boom"]);
});

function boom(): never {
  throw new TypeError("boom");
}

function reject(): Promise<never> {
  return Promise.reject(new TypeError("boom"));
}
