/**
 * Counts the words of all files in a folder: first with one process, then with a pool of them.
 *
 *     deno run -A lab/programs/word_count.ts FOLDER [PROCESSES]
 *
 * One sees a bar for each of the two, the time that they took, how many times as fast the pool was, and the most frequent
 * words. The processes can read the folder and nothing else.
 *
 * Needs: --allow-read --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { Pool } from "../../mod.ts";
import type { Counts } from "./parts/counting.ts";
import { interruptible } from "./parts/interruptible.ts";
import { ProgressBar } from "./parts/progress_bar.ts";

type Work = typeof import("./parts/counting.ts");

async function count(folder: string, processes: number, signal: AbortSignal): Promise<void> {
  const files = await Array.fromAsync(filesIn(folder));
  const one = await countAll(files, folder, 1, signal);
  console.log(`1 process counted the words of ${files.length} files in ${one.ms} ms`);
  const several = await countAll(files, folder, processes, signal);
  const times = (one.ms / several.ms).toFixed(2);
  console.log(`${processes} processes took ${several.ms} ms: ${times} times as fast`);
  const words = [...several.counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const all = words.reduce((sum, [, times]) => sum + times, 0);
  const most = words.slice(0, 5).map(([word, times]) => `${word} ${times}`).join(", ");
  console.log(`${all} words, ${words.length} different ones. The most frequent: ${most}`);
}

async function countAll(files: string[], folder: string, size: number, signal: AbortSignal) {
  const url = import.meta.resolve("./parts/counting.ts");
  await using pool = new Pool<Work>(url, { size, permissions: { read: [folder], ffi: true } });
  using bar = new ProgressBar(files.length);
  const counts: Counts = new Map();
  const start = performance.now();
  for await (const some of pool.imapUnordered("countWords", files, { signal })) {
    for (const [word, times] of some) counts.set(word, (counts.get(word) ?? 0) + times);
    bar.step();
  }
  return { counts, ms: Math.round(performance.now() - start) };
}

async function* filesIn(folder: string): AsyncIterable<string> {
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    if (isFile) yield `${folder}/${name}`;
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
  }
}

if (import.meta.main) {
  const [folder, processes = `${navigator.hardwareConcurrency}`] = Deno.args;
  if (folder === undefined || !(Number(processes) >= 1)) {
    console.error("Usage: deno run -A lab/programs/word_count.ts FOLDER [PROCESSES]");
    Deno.exit(2);
  }
  await interruptible((signal) => count(folder, Number(processes), signal));
}
