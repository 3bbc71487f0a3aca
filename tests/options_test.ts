import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { checkWait, countOf, timeoutOf, type WaitOptions } from "../lib/options.ts";
import { drain, testEnds } from "./support/ends.ts";

const NO_NUMBERS = ["5", null, true, 5n, {}, new Date()] as unknown as number[];
const NO_TIMES = [-1, -0.001, NaN, -Infinity];

Deno.test("timeoutOf() is Infinity without one, and refuses what is no time", () => {
  assertEquals([{}, { timeout: undefined }, { timeout: Infinity }].map(timeoutOf), [
    Infinity,
    Infinity,
    Infinity,
  ]);
  assertEquals([0, 0.5, 2 ** 40].map((timeout) => timeoutOf({ timeout })), [0, 0.5, 2 ** 40]);
  for (const timeout of NO_NUMBERS) {
    assertThrows(() => timeoutOf({ timeout }), TypeError, "takes a number of milli");
  }
  for (const timeout of NO_TIMES) {
    assertThrows(() => timeoutOf({ timeout }), RangeError, "0 or more milliseconds");
  }
});

Deno.test("checkWait() throws an aborted signal's reason, and refuses what is no signal", () => {
  checkWait({});
  checkWait({ signal: undefined, timeout: undefined });
  checkWait({ signal: new AbortController().signal, timeout: 1 });
  assertThrows(
    () => checkWait({ signal: AbortSignal.abort(new RangeError("enough")) }),
    RangeError,
    "enough",
  );
  for (const wrong of ["SIGTERM", 15, null, {}, new AbortController()]) {
    assertThrows(() => checkWait({ signal: wrong as AbortSignal }), TypeError, "AbortSignal");
  }
});

Deno.test("countOf() takes whole numbers from the least on, and names the option", () => {
  assertEquals([countOf("size", 1, 1), countOf("size", 2 ** 53 - 1, 1), countOf("size", 0, 0)], [
    1,
    2 ** 53 - 1,
    0,
  ]);
  for (const wrong of NO_NUMBERS) assertThrows(() => countOf("size", wrong, 1), TypeError, "option size");
  for (const wrong of [0, -1, 1.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => countOf("size", wrong, 1), RangeError, "option size");
  }
});

testEnds(
  "every call that can wait refuses wrong options before it does anything",
  async ({ reader, writer }) => {
    await writer.write("there");
    const p = new Uint8Array(5);
    for (const timeout of [...NO_NUMBERS, ...NO_TIMES]) {
      const options: WaitOptions = { timeout };
      const Class = typeof timeout === "number" ? RangeError : TypeError;
      await assertRejects(() => reader.read(p, options), Class, "option timeout");
      await assertRejects(() => reader.lines(options).next(), Class, "option timeout");
      await assertRejects(() => writer.write("x", options), Class, "option timeout");
      assertThrows(() => reader.readSync(p, options), Class, "option timeout");
      assertThrows(() => writer.writeSync("x", options), Class, "option timeout");
    }
    const signal = "SIGINT" as unknown as AbortSignal;
    await assertRejects(() => reader.read(p, { signal }), TypeError, "AbortSignal");
    await assertRejects(() => reader.lines({ signal }).next(), TypeError, "AbortSignal");
    await assertRejects(() => writer.write("x", { signal }), TypeError, "AbortSignal");
    assertEquals(new TextDecoder().decode(drain(reader)), "there");
  },
);
