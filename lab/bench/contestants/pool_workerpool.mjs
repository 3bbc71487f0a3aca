// workerpool: threads. Usage: map SIZE COUNT WARMUP PATH PORT WORKERS
import { readSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

const specifier = "workerpool"; // In a variable: nobody but this contestant needs it to be there.
const { default: workerpool } = await import(specifier);

function say(line) {
  writeSync(1, line + "\n");
  readSync(0, Buffer.alloc(16));
}

if (isMainThread) {
  const [count, warmup] = process.argv.slice(4, 6).map(Number);
  const workers = Number(process.argv[8]);
  const pool = workerpool.pool(fileURLToPath(import.meta.url), {
    workerType: "thread",
    minWorkers: workers,
    maxWorkers: workers,
  });
  const map = async (times) => {
    const results = await Promise.all(Array.from({ length: times }, (_, i) => pool.exec("increment", [i])));
    if (results.at(-1) !== times) throw new Error("Other results");
  };
  await map(warmup);
  say("ready");
  const start = performance.now();
  await map(count);
  say(`done seconds=${(performance.now() - start) / 1000}`);
  await pool.terminate();
} else {
  workerpool.worker({ increment: (n) => n + 1 });
}
