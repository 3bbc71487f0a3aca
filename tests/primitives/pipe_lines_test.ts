import { assertEquals, assertGreater, assertRejects, assertStrictEquals } from "@std/assert";
import { pipe, type PipeReader } from "../../mod.ts";
import { numberedLine } from "../support/content.ts";
import { readAll, testEnds } from "../support/ends.ts";
import { inWorker } from "../support/pipe_worker.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

async function linesOf(reader: PipeReader, options = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of reader.lines(options)) lines.push(line);
  return lines;
}

/** What lines() makes of bytes, and that it is the same however they are cut into reads. */
function testLines(promise: string, sent: string | number[], lines: string[]): void {
  testEnds(promise, async ({ reader, writer }) => {
    const bytes = typeof sent === "string" ? new TextEncoder().encode(sent) : new Uint8Array(sent);
    const reading = linesOf(reader);
    for (let i = 0; i < bytes.length; i++) {
      await writer.write(bytes.subarray(i, i + 1));
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 0)); // A read of its own.
    }
    writer.close();
    assertEquals(await reading, lines);
  });

  testEnds(`${promise}, at once`, async ({ reader, writer }) => {
    await writer.write(typeof sent === "string" ? sent : new Uint8Array(sent));
    writer.close();
    assertEquals(await linesOf(reader), lines);
  });
}

testLines("lines() strips \\n and \\r\\n, and no other \\r", "a\nb\r\n\rc\rd\r\r\n", ["a", "b", "\rc\rd\r"]);
testLines("lines() yields empty lines", "\n\r\n\nx\n\n", ["", "", "", "x", ""]);
testLines("lines() yields a last line without its newline", "a\nlast", ["a", "last"]);
testLines("lines() of nothing yields nothing", "", []);
testLines("lines() puts characters together that reads have cut", "é世\n🌍ß", ["é世", "🌍ß"]);
testLines("lines() keeps a byte order mark", "\ufeffa\n\ufeffb\n", ["\ufeffa", "\ufeffb"]);
testLines(
  "lines() makes U+FFFD of what is not UTF-8, and spoils no other line with it",
  [0x61, 0xff, 0x0a, 0xe4, 0xb8, 0x0a, 0x62, 0x0a, 0xc3],
  ["a\ufffd", "\ufffd", "b", "\ufffd"],
);

testEnds(
  "leaving lines() loses nothing: read() and other lines() go on behind it",
  async ({ reader, writer }) => {
    await writer.write("one\ntwo\nthree\nfour\nfive");
    for await (const line of reader.lines()) {
      assertEquals(line, "one");
      break;
    }
    const p = new Uint8Array(6);
    assertEquals(await reader.read(p), 6);
    assertEquals(new TextDecoder().decode(p), "two\nth");
    assertEquals((await reader.lines().next()).value, "ree");
    assertEquals([reader.tryRead(p.subarray(0, 1)), reader.readSync(p.subarray(1), { timeout: 100 })], [
      1,
      5,
    ]);
    assertEquals(new TextDecoder().decode(p), "four\nf");
    writer.close();
    assertEquals(await linesOf(reader), ["ive"]);
  },
);

testEnds(
  "lines() takes a line of maxLineLength bytes, and one more is a RangeError",
  async ({ reader, writer }) => {
    await writer.write("12345678\n12345678\r\né234567\n12345678");
    writer.close();
    assertEquals(await linesOf(reader, { maxLineLength: 8 }), [
      "12345678",
      "12345678",
      "é234567",
      "12345678",
    ]);
  },
);

for (const [sent, what] of [["123456789\nnext\n", "whole"], ["123456789", "without its end"]] as const) {
  testEnds(`a line too long, ${what}, is a RangeError that loses nothing`, async ({ reader, writer }) => {
    await writer.write("short\n" + sent);
    const lines = reader.lines({ maxLineLength: 8 });
    assertEquals((await lines.next()).value, "short");
    await assertRejects(() => lines.next(), RangeError, "longer than 8 bytes; raise maxLineLength");
    await assertRejects(() => reader.lines({ maxLineLength: 1 }).next(), RangeError);
    writer.close();
    assertEquals(new TextDecoder().decode(await readAll(reader)), sent);
  });
}

testEnds("a line without an end takes no more memory than its limit", async ({ reader, writer }) => {
  const endless = (async () => {
    const chunk = new Uint8Array(65536).fill(0x61);
    for (;;) await writer.write(chunk);
  })().catch((error) => error);
  await assertRejects(() => reader.lines({ maxLineLength: 1_000_000 }).next(), RangeError);
  assertGreater(1_000_000 + 3 * 65536, writer.bytesWritten - reader.capacity);
  reader.close();
  await endless;
});

testEnds("lines() refuses a maxLineLength that is none", async ({ reader }) => {
  for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
    await assertRejects(() => reader.lines({ maxLineLength: wrong }).next(), RangeError, "maxLineLength");
  }
  const text = "8" as unknown as number;
  await assertRejects(() => reader.lines({ maxLineLength: text }).next(), TypeError, "maxLineLength");
});

testEnds(
  "a time-out or an abort of lines() keeps the begun line for the next",
  async ({ reader, writer }) => {
    await writer.write("whole\nbegun ");
    const lines = reader.lines({ timeout: 20 });
    assertEquals((await lines.next()).value, "whole");
    await assertRejects(() => lines.next(), Deno.errors.TimedOut, "20 ms");

    const controller = new AbortController();
    const waiting = reader.lines({ signal: controller.signal }).next();
    const reason = new Error("enough");
    await writer.write("and ");
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => waiting), reason);

    await writer.write("ended\n");
    assertEquals((await reader.lines().next()).value, "begun and ended");
  },
);

testEnds("a time-out of lines() limits each wait, not the whole loop", async ({ reader, writer }) => {
  const timeout = 2000;
  const started = performance.now();
  const writing = (async () => {
    for (let i = 0; i < 8; i++) {
      await writer.write(`${i}\n`);
      await new Promise((resolve) => setTimeout(resolve, timeout / 7));
    }
    writer.close();
  })();
  assertEquals((await linesOf(reader, { timeout })).length, 8);
  assertGreater(performance.now() - started, timeout);
  await writing;
});

testEnds("long lines arrive whole", async ({ reader, writer }) => {
  const lengths = [0, 65_535, 65_536, 65_537, 1, 1_000_000, 131_072];
  const writing = (async () => {
    for (const length of lengths) await writer.write("y".repeat(length) + "\n");
    writer.close();
  })();
  assertEquals((await linesOf(reader)).map((line) => line.length), lengths);
  await writing;
});

Deno.test("a hundred thousand lines arrive in order, and timers run meanwhile", async () => {
  await within(2 * PATIENCE_MS, "the lines", async () => {
    const { reader, writer } = pipe();
    const count = 100_000;
    const writing = inWorker("writeLines", writer.transfer(), { count, name: "w" });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    let i = 0;
    for await (const line of reader.lines()) {
      if (line + "\n" !== numberedLine("w", i)) assertEquals(line, numberedLine("w", i));
      i++;
    }
    clearInterval(timer);
    reader.close();
    assertEquals([i, await writing], [count, count]);
    assertGreater(ticks, 0);
  });
});
