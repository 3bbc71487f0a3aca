// piscina: threads. Usage: map SIZE COUNT WARMUP PATH PORT WORKERS
import { readSync, writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

export default function increment(n) {
  return n + 1;
}

function say(line) {
  writeSync(1, line + "\n");
  readSync(0, Buffer.alloc(16));
}

if (isMainThread) {
  const { default: Piscina } = await import("piscina");
  const [count, warmup] = process.argv.slice(4, 6).map(Number);
  const workers = Number(process.argv[8]);
  const pool = new Piscina({ filename: import.meta.url, minThreads: workers, maxThreads: workers });
  const map = async (times) => {
    const results = await Promise.all(Array.from({ length: times }, (_, i) => pool.run(i)));
    if (results.at(-1) !== times) throw new Error("Other results");
  };
  await map(warmup);
  say("ready");
  const start = performance.now();
  await map(count);
  say(`done seconds=${(performance.now() - start) / 1000}`);
  await pool.destroy();
}
