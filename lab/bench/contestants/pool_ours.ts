// This library's pool. Roles: map, echo, primes, idle. Variant: process|thread WORKERS CHUNK (0: as it is by default).
import { Pool } from "../../../mod.ts";
import { COUNT, play, SIZE, VARIANT, WARMUP } from "./message_side.ts";
import { done, ready } from "./stdio.ts";

const [kind, workers, chunk] = VARIANT;
const chunkSize = Number(chunk) || undefined;

function open(): Pool<typeof import("./pool_work.ts")> {
  const options = { kind: kind === "thread" ? "thread" : "process", size: Number(workers) } as const;
  return new Pool(import.meta.resolve("./pool_work.ts"), options);
}

async function timed(pool: AsyncDisposable, act: (times: number) => Promise<void>): Promise<void> {
  await using _ = pool;
  await act(WARMUP);
  await ready();
  const start = performance.now();
  await act(COUNT);
  done({ seconds: (performance.now() - start) / 1000 });
}

function map(): Promise<void> {
  const pool = open();
  return timed(pool, async (times) => {
    const results = await pool.map("increment", Array.from({ length: times }, (_, i) => i), { chunkSize });
    if (results.length !== times || results.at(-1) !== times) throw new Error("Other results");
  });
}

function echo(): Promise<void> {
  const pool = open();
  const value = new Uint8Array(SIZE);
  return timed(pool, async (times) => {
    for (let i = 0; i < times; i++) {
      value[SIZE - 1] = i;
      const result = await pool.apply("echo", [value]) as Uint8Array;
      if (result.length !== SIZE || result[SIZE - 1] !== (i & 255)) throw new Error("Another result");
    }
  });
}

function primes(): Promise<void> {
  const pool = open();
  return timed(pool, async (times) => {
    const parts = Array.from({ length: times }, (_, i) => [1_000_000 + i * SIZE, SIZE] as [number, number]);
    await pool.starmap("countPrimes", parts, { chunkSize });
  });
}

async function idle(): Promise<void> {
  await ready(); // The harness looks how much memory there is without workers.
  await using pool = open();
  // At a time, so that each worker gets one.
  await Promise.all(
    Array.from({ length: Number(workers) }, () => pool.apply("countPrimes", [1_000_000, SIZE])),
  );
  done();
}

await play({ map, echo, primes, idle });
