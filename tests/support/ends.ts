/**
 * One body of tests for every way to get a reader and a writer: they promise the same.
 *
 * @module
 */
import {
  mkfifoSync,
  openFifoReader,
  openFifoWriter,
  pipe,
  type PipeReader,
  type PipeWriter,
} from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { tempDir } from "./temp.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** Both ends of one pipe, closed when the test is done. */
export interface Ends {
  /** Where bytes come out. */
  reader: PipeReader;
  /** Where bytes go in. */
  writer: PipeWriter;
}

/** Each way to make them; the folder holds what needs a name. */
const WAYS: Record<string, (folder: string) => Promise<Ends>> = {
  pipe: () => Promise.resolve(pipe()),
  async fifo(folder) {
    const path = `${folder}/fifo`;
    mkfifoSync(path);
    const [reader, writer] = await Promise.all([openFifoReader(path), openFifoWriter(path)]);
    return { reader, writer };
  },
};

/** A test of what a pipe and a fifo both promise; it must leave no descriptor open. */
export function testEnds(
  promise: string,
  body: (ends: Ends) => Promise<void>,
  milliseconds: number = PATIENCE_MS,
): void {
  for (const [way, make] of Object.entries(WAYS)) {
    Deno.test(`${promise} (${way})`, async () => {
      using folder = tempDir();
      await assertNoLeak(() =>
        within(milliseconds, promise, async () => {
          const ends = await make(folder.path);
          try {
            await body(ends);
          } finally {
            ends.reader.close();
            ends.writer.close();
          }
        })
      );
    });
  }
}

/** Fills the pipe to its last byte; returns how many bytes it took. */
export function fill(writer: PipeWriter): number {
  const page = new Uint8Array(4096).fill(0x66);
  let total = 0;
  for (let count = writer.tryWrite(page); count > 0; count = writer.tryWrite(page)) total += count;
  return total;
}

/** Takes out all that is there now. */
export function drain(reader: PipeReader): Uint8Array {
  const parts: number[] = [];
  const p = new Uint8Array(65536);
  for (let count = reader.tryRead(p); count; count = reader.tryRead(p)) parts.push(...p.subarray(0, count));
  return new Uint8Array(parts);
}

/** Everything up to the end. */
export async function readAll(reader: PipeReader): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const p = new Uint8Array(65536);
    const count = await reader.read(p);
    if (count === null) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(p.subarray(0, count));
  }
}
