// postMessage between the main thread and a worker.
import { COUNT, play, SIZE, WARMUP } from "./message_side.ts";
import { done, ready } from "./stdio.ts";

const worker = new Worker(import.meta.resolve("./messages_deno_worker_peer.ts"), { type: "module" });
const message = new Uint8Array(SIZE);

function ping(times: number): Promise<void> {
  return new Promise((resolve) => {
    let left = times;
    worker.onmessage = () => --left === 0 ? resolve() : worker.postMessage(message);
    worker.postMessage(message);
  });
}

function send(times: number): Promise<void> {
  return new Promise((resolve) => {
    worker.onmessage = () => resolve();
    for (let i = 0; i < times; i++) worker.postMessage(message);
  });
}

async function run(act: (times: number) => Promise<void>): Promise<void> {
  await act(WARMUP);
  await ready();
  const start = performance.now();
  await act(COUNT);
  done({ seconds: (performance.now() - start) / 1000 });
  worker.terminate();
}

await play({ ping: () => run(ping), send: () => run(send) });
