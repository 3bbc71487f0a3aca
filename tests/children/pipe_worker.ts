/** The other thread of tests: it receives an end of a pipe, does one job with it, and posts what came of it. */

import { PipeReader, PipeWriter, type TransferredPipe } from "../../mod.ts";
import { numberedLine, pattern } from "../support/content.ts";

/** What a job is given. */
export interface JobOptions {
  /** How many bytes, lines or records. */
  count?: number;
  /** The longest piece to read or write. */
  longest?: number;
  /** Milliseconds, for calls that take a time-out. */
  timeout?: number;
  /** Tells whose line it is. */
  name?: string;
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Pauses now and then, by a timer or by working, so that the other side's calls fall into every moment. */
async function dawdle(): Promise<void> {
  const dice = Math.random();
  if (dice < 0.4) return await pause(Math.random() * 2);
  for (const end = performance.now() + dice * 0.3; performance.now() < end;);
}

const JOBS = {
  /** Writes the pattern in pieces, with pauses, until nobody reads it. */
  async writePattern(end: TransferredPipe, { longest = 40 }: JobOptions) {
    using writer = PipeWriter.from(end);
    try {
      for (let at = 0;;) {
        const length = 1 + Math.floor(Math.random() * longest);
        await writer.write(pattern(length, at));
        at += length;
        await dawdle();
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  },

  /** Reads to the end; returns how many bytes came, and the place of the first that was not the pattern's. */
  async readPattern(end: TransferredPipe, { longest = 5000 }: JobOptions) {
    using reader = PipeReader.from(end);
    const p = new Uint8Array(longest);
    for (let at = 0;;) {
      const count = await reader.read(p.subarray(0, 1 + Math.floor(Math.random() * longest)));
      if (count === null) return { count: at, wrongAt: -1 };
      const wrong = pattern(count, at).findIndex((byte, i) => byte !== p[i]);
      if (wrong >= 0) return { count: at + count, wrongAt: at + wrong };
      at += count;
      await dawdle();
    }
  },

  /** Reads `count` bytes without reading more, and gives the reader back. */
  async readAndReturn(end: TransferredPipe, { count = 1 }: JobOptions) {
    const reader = PipeReader.from(end);
    const p = new Uint8Array(count);
    for (let at = 0; at < count;) at += (await reader.read(p.subarray(at))) ?? count;
    return { bytes: p, end: reader.transfer() };
  },

  /** Reads lines until `count` are there, and gives the reader back. */
  async linesAndReturn(end: TransferredPipe, { count = 1 }: JobOptions) {
    const reader = PipeReader.from(end);
    const lines: string[] = [];
    for await (const line of reader.lines()) if (lines.push(line) === count) break;
    return { lines, end: reader.transfer() };
  },

  /** Writes a text and gives the writer back. */
  async writeAndReturn(end: TransferredPipe, { name = "" }: JobOptions) {
    const writer = PipeWriter.from(end);
    await writer.write(name);
    return { end: writer.transfer() };
  },

  /** Blocks this thread until a byte comes. */
  readSync(end: TransferredPipe, { count = 100, timeout }: JobOptions) {
    using reader = PipeReader.from(end);
    const p = new Uint8Array(count);
    const got = reader.readSync(p, { timeout });
    return got === null ? null : p.slice(0, got);
  },

  /** Blocks this thread until `count` bytes of the pattern are written. */
  writeSync(end: TransferredPipe, { count = 0, timeout }: JobOptions) {
    using writer = PipeWriter.from(end);
    writer.writeSync(pattern(count), { timeout });
    return writer.bytesWritten;
  },

  /** Writes `count` numbered lines of any length up to PIPE_BUF, each ended by its own length. */
  async writeLines(end: TransferredPipe, { count = 0, name = "" }: JobOptions) {
    using writer = PipeWriter.from(end);
    for (let i = 0; i < count; i++) await writer.write(numberedLine(name, i));
    return count;
  },

  /** Reads 64-byte records to the end; returns how many of which writer's number came, or the first bad one. */
  async readRecords(end: TransferredPipe, _options: JobOptions) {
    using reader = PipeReader.from(end);
    const p = new Uint8Array(64);
    const seen: number[] = [];
    for (;;) {
      const count = await reader.read(p);
      if (count === null) return { seen };
      const values = new Uint32Array(p.buffer);
      if (count !== 64 || !values.every((value) => value === values[0])) {
        return { seen, bad: p.slice(0, count) };
      }
      seen.push(values[0]!);
      // Both readers shall get some, also on a machine with one core.
      if (seen.length % 64 === 0) await pause(0);
    }
  },

  /** Receives it, and says how that went. */
  receive(end: TransferredPipe, _options: JobOptions) {
    PipeReader.from(end).close();
    return "received";
  },

  /** The same for a writer. */
  receiveWriter(end: TransferredPipe, _options: JobOptions) {
    PipeWriter.from(end).close();
    return "received";
  },
};

/** The jobs by name. */
export type Jobs = typeof JOBS;

if (self.name === "pipe worker") {
  const main = self as unknown as Worker; // The other side's two members.
  main.onmessage = async ({ data: { job, end, options } }) => {
    try {
      main.postMessage({ result: await JOBS[job as keyof Jobs](end, options) });
    } catch (error) {
      main.postMessage({ error });
    }
  };
}
