import type { Docker } from "./docker.ts";

/** One line that a container printed. */
export interface LogLine {
  /** Which of its streams. */
  stream: "stdout" | "stderr";
  /** Without the line's end. */
  text: string;
  /** When, by the engine's clock, in ms of the epoch. */
  at: number;
}

/**
 * Follows what a container prints until it stops, from the line after `since` on (the time that the engine
 * wrote beside it). Resolves, at the end, to the last line's time. Lines of up to 16 KiB arrive whole.
 */
export async function followLog(
  docker: Docker,
  id: string,
  heard: (line: LogLine) => void,
  since = "",
): Promise<string> {
  const stream = await docker.getContainer(id).logs({
    follow: true,
    stdout: true,
    stderr: true,
    timestamps: true,
    since: since === "" ? 0 : Math.floor(Date.parse(since) / 1000),
  }) as unknown as AsyncIterable<Uint8Array>;
  let last = since;
  const listeners = { 1: lineSplitter("stdout"), 2: lineSplitter("stderr") };
  function lineSplitter(stream: LogLine["stream"]) {
    const decoder = new TextDecoder();
    let rest = "";
    return (bytes: Uint8Array) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const space = line.indexOf(" ");
        const time = line.slice(0, space);
        if (since !== "" && time <= since) continue;
        if (time > last) last = time;
        heard({ stream, text: line.slice(space + 1), at: Date.parse(time) });
      }
    };
  }
  let buffered: Uint8Array = new Uint8Array(0);
  for await (const chunk of stream) {
    buffered = joined(buffered, chunk);
    // Each frame: one byte that says which stream, three of nothing, four for the length.
    while (buffered.length >= 8) {
      const length = new DataView(buffered.buffer, buffered.byteOffset).getUint32(4);
      if (buffered.length < 8 + length) break;
      listeners[buffered[0] === 2 ? 2 : 1](buffered.subarray(8, 8 + length));
      buffered = buffered.subarray(8 + length);
    }
  }
  return last;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
