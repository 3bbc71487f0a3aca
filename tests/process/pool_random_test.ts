import { assertEquals } from "@std/assert";
import { Pool } from "../../mod.ts";
import { all, type Kind, testBothKilled } from "../support/pools.ts";
import { until } from "../support/watchdog.ts";

const WORK = `data:text/javascript,
  export const square = (n) => n * n;
  export const sleep = (n) => new Promise((resolve) => setTimeout(resolve, n, n));
  export const spin = (n) => { const end = performance.now() + n; while (performance.now() < end); return n; };
  export const fail = () => { throw new RangeError("no"); };
  export const exit = () => Deno.exit(1);
  export const uncaught = () => { Promise.reject(new Error("nobody")); return new Promise(() => {}); };
  export const fn = () => fn;
  export const bytes = (n) => new Uint8Array(n);`;

/** How many calls are made. */
const CALLS = 80;

/** Pseudo-random whole numbers below a limit. */
function numbers(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (seed * 1103515245 + 12345) % 0x80000000;
    return Math.floor(seed / 0x80000000 * limit);
  };
}

/** Calls of a pool: each resolves to whether its outcome is right, and those that end workers may reject. */
function callsOf(pool: Pool, below: (limit: number) => number): (() => Promise<unknown>)[] {
  const list = (length: number) => Array.from({ length }, () => below(100));
  const squares = (values: number[]) => values.map((n) => n * n);
  const rejects = (call: Promise<unknown>) => call.then(() => Promise.reject("It had a result"), () => {});
  const either = (call: Promise<unknown>) => call.catch(() => {});
  return [
    async () => assertEquals(await pool.apply("square", [7]), 49),
    async (values = list(below(150))) => assertEquals(await pool.map("square", values), squares(values)),
    async (values = list(below(40))) => assertEquals(await all(pool.imap("square", values)), squares(values)),
    async (values = list(30)) => {
      const found = await all(pool.imapUnordered("square", values, { chunkSize: 1 + below(4) }));
      assertEquals(found.toSorted(), squares(values).toSorted());
    },
    async (stop = below(40)) => {
      const endless = (async function*() {
        for (let n = 0;; n++) yield n;
      })();
      for await (const n of pool.imap("square", endless)) if (n >= stop) break;
    },
    async (n = below(3_000_000)) => assertEquals((await pool.apply("bytes", [n]) as Uint8Array).length, n),
    async (n = below(20)) => assertEquals(await pool.apply("sleep", [n]), n),
    () => rejects(pool.map("fail", [1, 2, 3])),
    () => rejects(pool.apply("fn")),
    () => rejects(pool.map("square", [1, 2, () => {}, 4], { chunkSize: 1 })),
    () => rejects(pool.apply("exit", [], { maxAttempts: 1 + below(2) })),
    () => rejects(pool.apply("uncaught")),
    () => either(pool.apply("spin", [below(60)], { timeout: below(40) })),
    async () => {
      await either(pool.apply("spin", [100], { timeout: below(60) }));
      assertEquals(await pool.apply("square", [3]), 9); // A worker has been killed, and has not ended yet.
    },
    () => either(pool.map("spin", list(3), { taskTimeout: 1 + below(60) })),
    () => either(pool.map("sleep", list(3), { chunkSize: 1, signal: AbortSignal.timeout(below(60)) })),
  ];
}

async function isSettled(kind: Kind, seed: number): Promise<void> {
  const below = numbers(seed);
  await using pool = new Pool(WORK, { kind, size: 2 + below(2), maxTasksPerChild: 50 + below(100) });
  const calls = callsOf(pool, below);
  const longest = new AbortController(); // One worker has something to do all the time: nobody may wait for that.
  const hog = pool.apply("sleep", [2 ** 30], { signal: longest.signal }).catch(() => {});
  const wrong: unknown[] = [];
  let open = 0;
  for (let i = 0; i < CALLS; i++) {
    open++;
    void calls[below(calls.length)]!().catch((reason) => wrong.push(reason)).finally(() => open--);
    if (below(6) === 0) await until("the calls so far to be settled", () => open === 0);
  }
  await until("all calls to be settled", () => open === 0);
  assertEquals(wrong, []);
  longest.abort();
  await hog;
  pool.close();
  await pool.join({ timeout: 30_000 });
}

testBothKilled(
  "whatever becomes of its workers, each call of a pool is settled, and what comes is right",
  async (kind) => {
    for (const seed of [1, 2]) await isSettled(kind, seed);
  },
);
