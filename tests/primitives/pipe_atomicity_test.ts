/** What several writers or readers of one pipe do to each other: nothing. */

import { assert, assertEquals } from "@std/assert";
import { mkfifoSync, openFifoReader, openFifoWriter, pipe, type PipeReader } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { numberedLine } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { inWorker } from "../support/pipe_worker.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

Deno.test("no line of up to PIPE_BUF bytes is torn in 100,000 by 8 writers: threads, processes and tasks", async () => {
  const each = 12_500;
  await assertNoLeak(() =>
    within(4 * PATIENCE_MS, "the 8 writers", async () => {
      using dir = tempDir();
      const path = dir.join("fifo");
      mkfifoSync(path);
      const [reader, first] = await Promise.all([openFifoReader(path), openFifoWriter(path)]);
      using _reader = reader;
      const workers = ["w1", "w2", "w3"].map((name) =>
        inWorker("writeLines", first.dup().transfer(), { name, count: each })
      );
      const processes = ["p1", "p2", "p3"].map(async (name) => {
        await using child = startChild("line_writer", { args: [path, name, `${each}`] });
        await child.finished(0, 4 * PATIENCE_MS);
      });
      const tasks = ["t1", "t2"].map(async (name) => {
        using writer = first.dup();
        for (let i = 0; i < each; i++) await writer.write(numberedLine(name, i));
      });
      const writing = Promise.all([...workers, ...processes, ...tasks]).finally(() => first.close());
      writing.catch(() => {}); // Awaited below, when the lines are read.
      const next = new Map<string, number>();
      for await (const line of reader.lines()) {
        const name = line.slice(0, 2);
        const i = next.get(name) ?? 0;
        next.set(name, i + 1);
        // Compared by hand, as an assertion for each would take most of the time.
        if (line + "\n" !== numberedLine(name, i)) assertEquals(line + "\n", numberedLine(name, i));
      }
      await writing;
      assertEquals(
        [...next].sort(),
        ["p1", "p2", "p3", "t1", "t2", "w1", "w2", "w3"].map((name) => [name, each]),
      );
    })
  );
});

Deno.test("readers of one pipe, in two threads, take whole records, each record once", async () => {
  await assertNoLeak(() =>
    within(2 * PATIENCE_MS, "the readers", async () => {
      const { reader, writer } = pipe();
      const count = 20_000;
      const theirs = inWorker("readRecords", reader.dup().transfer());
      const ours = [readRecords(reader.dup()), readRecords(reader)];
      for (let i = 0; i < count; i++) await writer.write(new Uint8Array(new Uint32Array(16).fill(i).buffer));
      writer.close();
      const { seen, bad } = await theirs;
      assertEquals(bad, undefined);
      const parts = [...await Promise.all(ours), seen];
      // Which of them takes how many is the kernel's choice; each has them in order.
      for (const part of parts) assert(part.every((value, i) => i === 0 || part[i - 1]! < value));
      assertEquals(parts.flat().sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
    })
  );
});

async function readRecords(reader: PipeReader): Promise<number[]> {
  using _reader = reader;
  const p = new Uint8Array(64);
  const seen: number[] = [];
  for (let got = await reader.read(p); got !== null; got = await reader.read(p)) {
    assertEquals(got, 64);
    const values = new Uint32Array(p.buffer);
    assert(values.every((value) => value === values[0]), `${values}`);
    seen.push(values[0]!);
  }
  return seen;
}
