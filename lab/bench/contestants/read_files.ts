import { done, readySync } from "./stdio.ts";

const [count, warmup, file = "", ...fifos] = Deno.args;

/** Fifos that nobody has open. */
export const FIFOS: readonly string[] = fifos;

/** Reads the file again and again, one read after the other, and reports how long one takes. */
export async function readFiles(): Promise<void> {
  await times(Number(warmup));
  readySync();
  const durations = (await times(Number(count))).sort();
  const at = (share: number) => durations[Math.floor(durations.length * share)] ?? NaN;
  done({ median: at(0.5), p99: at(0.99) });
}

async function times(count: number): Promise<Float64Array> {
  const microseconds = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await Deno.readFile(file);
    microseconds[i] = (performance.now() - start) * 1000;
  }
  return microseconds;
}
