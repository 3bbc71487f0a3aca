import { assertEquals, assertThrows } from "@std/assert";
import { LineBuffer } from "../../lib/primitives/line_buffer.ts";

/** As a reader does: into the room, in pieces of at most `most` bytes. */
function put(buffer: LineBuffer, bytes: Uint8Array | string, most = Infinity): void {
  let rest = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  while (rest.length > 0) {
    const room = buffer.room();
    const count = Math.min(rest.length, room.length, most);
    room.set(rest.subarray(0, count));
    buffer.add(count);
    rest = rest.subarray(count);
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("LineBuffer gives lines and bytes out in any mixture, in order", () => {
  const buffer = new LineBuffer();
  put(buffer, "one\ntwo\nthree\nrest");
  const p = new Uint8Array(3);
  assertEquals([buffer.line(100), buffer.length], ["one", 14]);
  assertEquals([buffer.take(p), text(p)], [3, "two"]);
  assertEquals([buffer.line(100), buffer.line(100), buffer.line(100)], ["", "three", undefined]);
  put(buffer, " and more\n");
  assertEquals([buffer.line(100), buffer.length, buffer.take(p)], ["rest and more", 0, 0]);
});

Deno.test("LineBuffer always has room, and keeps what it holds when it grows", () => {
  const buffer = new LineBuffer();
  const long = "abcdefghi\t".repeat(50_000);
  put(buffer, "first\n" + long, 40_000);
  assertEquals(buffer.line(Infinity), "first");
  assertEquals(buffer.line(Infinity), undefined);
  put(buffer, "\nlast", 1);
  assertEquals(buffer.line(Infinity) === long, true);
  assertEquals([buffer.line(Infinity), buffer.rest(), buffer.length], [undefined, "last", 0]);
});

Deno.test("LineBuffer.drain() gives all bytes out, in memory of their own", () => {
  const buffer = new LineBuffer();
  put(buffer, "one\ntwo");
  buffer.line(100);
  const drained = buffer.drain();
  put(buffer, "overwritten\n");
  assertEquals([text(drained), drained.buffer.byteLength, buffer.line(100)], ["two", 3, "overwritten"]);
});

Deno.test("LineBuffer counts neither \\n nor \\r\\n to a line's length", () => {
  const buffer = new LineBuffer();
  put(buffer, "1234\n1234\r\n1234\r");
  assertEquals([buffer.line(4), buffer.line(4), buffer.line(4)], ["1234", "1234", undefined]);
  put(buffer, "\n12345\r\n");
  assertEquals(buffer.line(4), "1234");
  assertThrows(() => buffer.line(4), RangeError, "longer than 4 bytes");
  assertEquals(buffer.line(5), "12345");
});

Deno.test("LineBuffer finds lines in time that grows with their length alone", () => {
  const buffer = new LineBuffer();
  const count = 20_000;
  for (let i = 0; i < count; i++) {
    put(buffer, "x".repeat(100)); // One line of 2 MB, looked for after each piece.
    assertEquals(buffer.line(Infinity), undefined);
  }
  put(buffer, "\n");
  assertEquals(buffer.line(Infinity)?.length, 100 * count);
});
