import type { PipeReader } from "../primitives/pipe_reader.ts";

/** Where a child's stdout or stderr goes: where this process's goes, to a stream, or there with its name before each line. */
export type ProcessOutput = "inherit" | "piped" | "prefixed";

/** Writes each line to `to`, with a name before it. Resolves at the end. */
export async function prefixLines(
  reader: PipeReader,
  name: string,
  to: { writeSync(p: Uint8Array): number },
): Promise<void> {
  const encoder = new TextEncoder();
  try {
    for await (const line of reader.lines()) {
      let bytes = encoder.encode(`[${name}] ${line}\n`);
      while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
    }
  } catch {
    // A line beyond all limits, or an output that is gone: the child sees a broken pipe.
  } finally {
    reader.close();
  }
}
