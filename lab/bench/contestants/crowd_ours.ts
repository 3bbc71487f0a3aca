/** Several processes that begin and end their work together. */
import { Barrier, spawn, type SpawnOptions } from "../../../mod.ts";
import { childOptions, INDEX, IS_CHILD } from "./children.ts";
import { COUNT, WARMUP } from "./message_side.ts";
import { done, readySync } from "./stdio.ts";

/** The descriptor of what they work with. */
export const SHARED = 3;
const BARRIER = 4;
/** One that fails does not leave the others waiting. */
const patience = { timeout: 60_000 };

/** Starts `processes` children that have `shared`, and takes the time from the start of the first to the end of the last. */
export function lead(processes: number, shared: NonNullable<SpawnOptions["fds"]>[number]): void {
  using barrier = Barrier.create({ parties: processes + 1 });
  const pids = Array.from(
    { length: processes },
    (_, index) => spawn(Deno.execPath(), childOptions({ [SHARED]: shared, [BARRIER]: barrier }, index)).pid,
  );
  barrier.waitSync(patience);
  readySync(Object.fromEntries(pids.map((pid, index) => [`pid${index}`, pid])));
  const start = performance.now();
  barrier.waitSync(patience);
  barrier.waitSync(patience);
  done({ seconds: (performance.now() - start) / 1000 });
  barrier.waitSync(patience);
}

/** What a child does: `work` with the number of operations, first to warm up. */
export function join(work: (times: number, index: number) => void): void {
  if (!IS_CHILD) throw new TypeError("Not a child");
  using barrier = Barrier.inherited(BARRIER);
  work(WARMUP, INDEX);
  barrier.waitSync(patience);
  barrier.waitSync(patience);
  work(COUNT, INDEX);
  barrier.waitSync(patience);
  barrier.waitSync(patience); // Until the CPU time was read.
}
