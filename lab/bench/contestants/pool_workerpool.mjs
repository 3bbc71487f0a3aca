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
  const [size, count, warmup] = process.argv.slice(3, 6).map(Number);
  const workers = Number(process.argv[8]);
  const begin = performance.now();
  const pool = workerpool.pool(fileURLToPath(import.meta.url), {
    workerType: "thread",
    minWorkers: workers,
    maxWorkers: workers,
  });
  const map = async (times) => {
    for (let n = 0; n < times; n++) {
      const results = await Promise.all(Array.from({ length: size }, (_, i) => pool.exec("increment", [i])));
      if (results.at(-1) !== size) throw new Error("Other results");
    }
  };
  await map(1);
  const first = (performance.now() - begin) / 1000;
  await map(warmup - 1);
  say("ready");
  const start = performance.now();
  await map(count);
  say(`done seconds=${(performance.now() - start) / 1000} first=${first}`);
  await pool.terminate();
} else {
  workerpool.worker({ increment: (n) => n + 1 });
}
