// This library's pool. Roles: map, echo, echo-shared, primes, idle. Variant: process|thread WORKERS CHUNK (0: as it is by default).
import { Pool, type PoolOptions, SharedArray } from "../../../mod.ts";
import { COUNT, play, SIZE, VARIANT, WARMUP } from "./message_side.ts";
import { done, ready } from "./stdio.ts";

const [kind, workers, chunk] = VARIANT;
const chunkSize = Number(chunk) || undefined;

function open(options: PoolOptions = {}): Pool<typeof import("./pool_work.ts")> {
  const what = { kind: kind === "thread" ? "thread" : "process", size: Number(workers) } as const;
  return new Pool(import.meta.resolve("./pool_work.ts"), { ...what, ...options });
}

async function timed(pool: AsyncDisposable, act: (times: number) => Promise<void>): Promise<void> {
  await using _ = pool;
  await act(WARMUP);
  await ready();
  const start = performance.now();
  await act(COUNT);
  done({ seconds: since(start) });
}

/** The first one is timed by itself, with the start of the workers. */
async function map(): Promise<void> {
  const values = Array.from({ length: SIZE }, (_, i) => i);
  const begin = performance.now();
  await using pool = open();
  const act = async (times: number) => {
    for (let n = 0; n < times; n++) {
      const results = await pool.map("increment", values, { chunkSize });
      if (results.length !== SIZE || results.at(-1) !== SIZE) throw new Error("Other results");
    }
  };
  await act(1);
  const first = since(begin);
  await act(WARMUP - 1);
  await ready();
  const start = performance.now();
  await act(COUNT);
  done({ seconds: since(start), first });
}

/** In seconds. */
function since(start: number): number {
  return (performance.now() - start) / 1000;
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

/** The worker has the arrays from its start on. */
async function echoShared(): Promise<void> {
  using there = SharedArray.create({ type: "uint8", length: SIZE });
  using back = SharedArray.create({ type: "uint8", length: SIZE });
  const pool = open({ initializer: "share", initArgs: [there, back] });
  const value = new Uint8Array(SIZE);
  await timed(pool, async (times) => {
    for (let i = 0; i < times; i++) {
      value[SIZE - 1] = i;
      there.array.set(value);
      await pool.apply("echoShared");
      if (back.array[SIZE - 1] !== (i & 255)) throw new Error("Another result");
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

await play({ map, echo, "echo-shared": echoShared, primes, idle });
