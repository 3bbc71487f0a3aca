import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import v8 from "node:v8";
import { codecOf } from "../../lib/messaging/codecs.ts";
import { msgpack } from "../../lib/messaging/msgpack.ts";
import type { Codec, CodecName } from "../../mod.ts";
import { assertFails } from "../support/errors.ts";

const encoder = new TextEncoder();

/** A value through a codec and back. */
function through(codec: Codec<unknown>, value: unknown): unknown {
  return codec.decode(codec.encode(value).slice(), true);
}

function named(name: CodecName): Codec<unknown> {
  return codecOf<CodecName>(name) as Codec<unknown>;
}

/** What a codec says of a value that it cannot carry. */
function refusal(codec: Codec<unknown>, value: unknown): string {
  return assertThrows(() => codec.encode(value), TypeError).message;
}

const cyclic: Record<string, unknown> = { list: [1, 2] };
cyclic.self = cyclic;
cyclic.again = cyclic.list;

const mostlyHoles: unknown[] = [];
mostlyHoles[1000] = { last: true };

const many = Array.from({ length: 50 }, (_, i) => ({ i }));

/** Every kind of thing that structuredClone carries. */
const VALUES: Record<string, unknown> = {
  nothing: [undefined, null],
  booleans: [true, false],
  integers: [0, 1, -1, 63, 64, 127, 128, -2147483648, 2147483647, 2147483648, 4294967295, 2 ** 53],
  numbers: [0.5, -0, NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE],
  bigints: [0n, 1n, -1n, 255n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 200n), 123456789012345678901234567890n],
  "short text": ["", "a", "é", "ÿ", "日本", "😀", "\u0000", "\uFEFFmark"],
  "long text": [
    "x".repeat(1000),
    "é".repeat(1000),
    "日".repeat(1000),
    "x".repeat(999) + "é",
    "a".repeat(48),
    "b".repeat(49),
  ],
  "half of a surrogate pair": ["\ud800", `long ${"x".repeat(100)}\udc00`, { "\ud83d": 1 }],
  objects: [{}, { a: 1, "b c": { d: [] } }, { "": 1, 5: 2, "-1": 3, é: 4, 日: 5, constructor: 6 }],
  "a property named __proto__": JSON.parse('{"__proto__": {"polluted": 1}}'),
  arrays: [[], [[]], [1, "a", null], [1, , 3], new Array(5), new Array(100)],
  "an array that is mostly holes": mostlyHoles,
  "a cycle": cyclic,
  "the same object twice": [...many, ...many],
  dates: [new Date(0), new Date(1.5e12), new Date(NaN)],
  "regular expressions": [/a/, /a+é/giv, new RegExp("日", "dmsuy"), /[/\n]/],
  maps: [new Map(), new Map<unknown, unknown>([[1, { x: 1 }], [{}, new Map()], ["k", undefined]])],
  sets: [new Set(), new Set([1, "a", new Set([{}])])],
  errors: [
    new Error("plain"),
    new TypeError("typed"),
    new RangeError("", { cause: { deep: [1] } }),
    new URIError("u"),
  ],
  "boxed primitives": [Object(1.5), Object("s"), Object(true), Object(false), Object(5n)],
  memory: [new ArrayBuffer(0), new Uint8Array([1, 2, 3]).buffer],
  views: [
    new Uint8Array([1, 2]),
    new Int8Array([-1]),
    new Uint8ClampedArray([255]),
    new Int16Array([-2]),
    new Uint16Array([3]),
    new Int32Array([-4]),
    new Uint32Array([5]),
    new Float32Array([1.5]),
    new Float64Array([2.5]),
    new Float16Array([0.5]),
    new BigInt64Array([-1n]),
    new BigUint64Array([1n]),
    new DataView(new ArrayBuffer(3)),
    new Uint8Array(100_000).fill(7),
  ],
};

for (const [what, value] of Object.entries(VALUES)) {
  Deno.test(`structured carries ${what}, as structuredClone does`, () => {
    assertEquals(through(named("structured"), value), structuredClone(value));
  });

  Deno.test(`V8 reads ${what} as structured writes it`, () => {
    assertEquals(v8.deserialize(named("structured").encode(value)), structuredClone(value));
  });
}

Deno.test("structured keeps what is shared and what is a cycle", () => {
  const copy = through(named("structured"), cyclic) as typeof cyclic;
  assertEquals([copy.self === copy, copy.again === copy.list], [true, true]);
  const buffer = new ArrayBuffer(8);
  const [a, b, c] = through(named("structured"), [new Uint8Array(buffer), new DataView(buffer), buffer]) as [
    Uint8Array,
    DataView,
    ArrayBuffer,
  ];
  assertEquals([a.buffer === c, b.buffer === c], [true, true]);
});

Deno.test("structured sends of a view's memory what the view shows, and no more", () => {
  const memory = new Uint8Array(1000).fill(0x55);
  const bytes = named("structured").encode({
    part: memory.subarray(10, 14),
    words: new Uint16Array(memory.buffer, 2, 1),
  });
  assertEquals(bytes.filter((byte) => byte === 0x55).length, 6);
  const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(9);
  assertEquals(through(named("structured"), shared), new Uint8Array([9, 9, 9, 9]));
});

Deno.test("structured makes plain objects of a class's, and leaves symbols out", () => {
  class Point {
    x = 1;
    #y = 2;
    get y() {
      return this.#y;
    }
  }
  const copy = through(named("structured"), [new Point(), { [Symbol("s")]: 1, t: 2 }]) as object[];
  assertEquals(copy, [{ x: 1 }, { t: 2 }]);
  assertEquals(Object.getPrototypeOf(copy[0]), Object.prototype);
});

Deno.test("structured reads what V8 writes", () => {
  const { views: _, ...others } = VALUES;
  assertEquals(
    named("structured").decode(new Uint8Array(v8.serialize(others)), true),
    structuredClone(others),
  );
});

/** As a pipe's end or a connection. */
class Handle {
  [Symbol.dispose]() {}
}

Deno.test("structured names the path to what it cannot carry", () => {
  const structured = named("structured");
  const refused: [value: unknown, message: string][] = [
    [() => {}, "$: a function"],
    [Symbol("s"), "$: a symbol"],
    [{ a: [1, 2, 3, { f() {} }] }, "$.a[3].f: a function"],
    [{ "a b": { 'c"': Symbol() } }, '$["a b"]["c\\""]: a symbol'],
    [new Map([["k", { f: () => {} }]]), '$.get("k").f: a function'],
    [new Set([1, () => {}]), "$.values()[1]: a function"],
    [new Error("e", { cause: { f: () => {} } }), "$.cause.f: a function"],
    [{ p: Promise.resolve() }, "$.p: a Promise"],
    [{ w: [new WeakMap()] }, "$.w[0]: a WeakMap"],
    [{ m: new SharedArrayBuffer(1) }, "$.m: a SharedArrayBuffer"],
    [{ handle: new Handle() }, "$.handle: a Handle"],
    [[new URL("https://example.org")], "$[0]: a URL"],
    [{ a: { response: new Response("x") } }, "$.a.response: a Response"],
    [new Map([[1, new Headers()]]), "$.get(a number): a Headers"],
    [[new Intl.NumberFormat("en")], "$[0]: a NumberFormat"],
    [[Deno.stdin.readable], "$[0]: a ReadableStream"],
    [{
      get x() {
        throw new Error("no");
      },
    }, "$.x: it cannot be read: no"],
  ];
  for (const [value, message] of refused) {
    assertEquals(refusal(structured, value), `Cannot send as structured: ${message}`);
  }
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = { deep };
  assertStringIncludes(refusal(structured, deep), "nested deeper than 1000");
  assertEquals(through(structured, "still usable"), "still usable");
});

Deno.test("structured can be used inside a getter of what it encodes", () => {
  const structured = named("structured");
  const value = {
    before: "x".repeat(10),
    get inner() {
      return through(structured, { a: [1, 2] });
    },
  };
  assertEquals(through(structured, value), { before: "x".repeat(10), inner: { a: [1, 2] } });
});

Deno.test("structured refuses bytes that are no such value", async () => {
  const structured = named("structured");
  const good = [...structured.encode([{ a: "text", b: [1.5, 2n] }, new Map([[1, 2]]), new Uint8Array(5)])];
  const wrong: Record<string, number[]> = {
    "nothing": [],
    "no header": [0x6f, 0x7b, 0],
    "a newer version": [0xff, 99, 0x30],
    "only a header": [0xff, 15],
    "an unknown part": [0xff, 15, 0x21],
    "more than one value": [0xff, 15, 0x30, 0x30],
    "an array longer than the message": [0xff, 15, 0x41, 0xff, 0xff, 0xff, 0xff, 0x0f],
    "memory larger than the message": [0xff, 15, 0x42, 0xff, 0xff, 0xff, 0x7f],
    "text longer than the message": [0xff, 15, 0x22, 0xff, 0xff, 0xff, 0x7f, 0x61],
    "a reference to nothing": [0xff, 15, 0x5e, 5],
    "a number without an end": [0xff, 15, 0x49, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    "text that is not UTF-8": [0xff, 15, 0x53, 2, 0xc3, 0x28],
    "a pattern that is none": [0xff, 15, 0x52, 0x22, 1, 0x28, 0],
    "too many objects in each other": [
      0xff,
      15,
      ...Array(5000).fill(0x6f).flatMap(() => [0x6f, 0x22, 1, 0x61]),
    ],
  };
  for (let cut = 0; cut < good.length; cut++) wrong[`cut after ${cut}`] = good.slice(0, cut);
  for (const bytes of Object.values(wrong)) {
    const decode = () => structured.decode(new Uint8Array(bytes), true);
    await assertFails(() => void decode(), { type: Deno.errors.InvalidData, code: "EBADMSG" });
  }
});

Deno.test("structured makes no memory for the length that an array of holes says it has", () => {
  // V8 would give an array of this length 240 MB.
  const bytes = new Uint8Array([0xff, 15, 0x61, 0x80, 0x80, 0x80, 0x0f, 0x40, 0, 0x80, 0x80, 0x80, 0x0f]);
  const before = Deno.memoryUsage();
  const array = named("structured").decode(bytes, true) as unknown[];
  const after = Deno.memoryUsage();
  assertEquals([array.length, Object.keys(array)], [0x1e00000, []]);
  assertEquals(after.heapTotal - before.heapTotal < 50e6, true);
});

Deno.test("text carries strings, and nothing else", async () => {
  const text = named("text");
  for (
    const value of ["", "a", "日本 😀", "\uFEFFmark", "\uFFFD", "x".repeat(100_000), "é".repeat(100_000)]
  ) {
    assertEquals(through(text, value), value);
  }
  assertEquals(refusal(text, 5), "Cannot send as text: $: a number, and not a string");
  assertEquals(refusal(text, { a: 1 }), "Cannot send as text: $: an object, and not a string");
  assertStringIncludes(refusal(text, "\ud800"), "half of a surrogate pair");
  await assertFails(() => text.decode(new Uint8Array([0xc3, 0x28]), true), {
    type: Deno.errors.InvalidData,
    code: "EBADMSG",
  });
});

Deno.test("bytes carries Uint8Array, and nothing else", () => {
  const bytes = named("bytes");
  assertEquals(through(bytes, new Uint8Array([1, 2])), new Uint8Array([1, 2]));
  assertEquals(refusal(bytes, "text"), "Cannot send as bytes: $: a string, and not a Uint8Array");
  assertEquals(refusal(bytes, [1]), "Cannot send as bytes: $: an Array, and not a Uint8Array");
  const view = new Uint8Array([1, 2, 3]);
  const kept = bytes.decode(view, false) as Uint8Array;
  view.fill(0);
  assertEquals(kept, new Uint8Array([1, 2, 3]));
});

Deno.test("json carries what JSON.stringify writes", async () => {
  const json = named("json");
  const value = { a: [1, "two", null, true], date: new Date(0), f() {}, u: undefined, "é😀": "\ud800" };
  assertEquals(through(json, value), JSON.parse(JSON.stringify(value)));
  assertEquals(refusal(json, undefined), "Cannot send as json: $: undefined");
  assertEquals(refusal(json, () => {}), "Cannot send as json: $: a function");
  assertEquals(refusal(json, { a: [1, { b: 5n }] }), "Cannot send as json: $.a[1].b: a bigint");
  assertEquals(refusal(json, { list: [cyclic] }), "Cannot send as json: $.list[0].self: a cycle");
  for (const wrong of ["", "{", "nul", '{"a":1}x']) {
    await assertFails(() => json.decode(encoder.encode(wrong), true), {
      type: Deno.errors.InvalidData,
      code: "EBADMSG",
    });
  }
});

Deno.test("msgpack carries what it has a form for", () => {
  const values = [
    null,
    true,
    5,
    -5,
    2 ** 40,
    1.5,
    "日本",
    [1, [2]],
    { a: { b: 1 } },
    new Uint8Array([1, 2]),
    new Date(1e12),
  ];
  for (const value of [...values, values, 2n ** 64n - 1n, -(2n ** 63n), "x".repeat(100_000)]) {
    assertEquals(through(msgpack, value), value);
  }
  assertEquals(through(msgpack, [undefined, { u: undefined }]), [null, { u: null }]);
  const view = msgpack.encode(new Uint8Array([1, 2, 3])).slice();
  const kept = msgpack.decode(view, false);
  view.fill(0);
  assertEquals(kept, new Uint8Array([1, 2, 3]));
});

Deno.test("msgpack names the path to what it cannot carry", () => {
  const refused: [value: unknown, message: string][] = [
    [() => {}, "$: a function"],
    [{ a: [1, { f() {} }] }, "$.a[1].f: a function"],
    [{ m: new Map() }, "$.m: a Map"],
    [[new Set()], "$[0]: a Set"],
    [{ b: 2n ** 64n }, "$.b: a bigint of more than 64 bits"],
    [2n ** 64n, "$: a bigint of more than 64 bits"],
    [cyclic, "$.self: a cycle"],
    [{ e: new Error("e") }, "$.e: an Error"],
  ];
  for (const [value, message] of refused) {
    assertEquals(refusal(msgpack, value), `Cannot send as msgpack: ${message}`);
  }
});

Deno.test("msgpack refuses bytes that are no such value", async () => {
  const good = [
    ...msgpack.encode([{ a: "text", b: [1.5, 2n, -300, 70000] }, new Uint8Array(5), new Date(1.5e12)]),
  ];
  const wrong: Record<string, number[]> = {
    "the head that is never used": [0xc1],
    "more than one value": [0xc0, 0xc0],
    "an array longer than the message": [0xdd, 0xff, 0xff, 0xff, 0xff],
    "a map longer than the message": [0xdf, 0x00, 0xff, 0xff, 0xff, 0xc0],
    "arrays in arrays, each as long as the message": Array(3000).fill([0xdc, 0x10, 0x00]).flat(),
    "text longer than the message": [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61],
    "a key that would change the prototype": [0x81, 0xa9, ...encoder.encode("__proto__"), 0x80],
  };
  for (let cut = 0; cut < good.length; cut++) wrong[`cut after ${cut}`] = good.slice(0, cut);
  for (const bytes of Object.values(wrong)) {
    const decode = () => msgpack.decode(new Uint8Array(bytes), true);
    await assertFails(() => void decode(), { type: Deno.errors.InvalidData, code: "EBADMSG" });
  }
});
