/**
 * Several processes add to one number in shared memory, 100,000 times each: first as if they were alone, then in one
 * step (`add`), then under the number's lock. Alone they overwrite what others have added between their reading and
 * their writing; the other two lose nothing. They meet at a barrier first, so that they add at the same time.
 *
 *     deno run -A lab/programs/shared_counter.ts [PROCESSES] [TIMES]
 *
 * One sees the total of each way, and what was lost.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { Barrier, SharedValue, spawn } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

const WAYS: Record<string, (number: SharedValue<"int32">) => void> = {
  "nothing": (number) => number.value++,
  "add": (number) => number.add(1),
  "lock": (number) => {
    const guard = number.lock.acquireSync();
    try {
      number.value++;
    } finally {
      guard.release();
    }
  },
};

/** What is lost with nothing depends on luck: so often it is tried until something is. */
const TRIES = 20;

async function parent(processes: number, times: number, signal: AbortSignal): Promise<void> {
  const expected = processes * times;
  for (const way of Object.keys(WAYS)) {
    let total = expected;
    for (let tries = 0; tries === 0 || way === "nothing" && total === expected && tries < TRIES; tries++) {
      total = await added(way, processes, times, signal);
    }
    const lost = expected - total;
    console.log(
      `With ${way}: ${processes} x ${times} make ${total}, ${lost === 0 ? "exact" : `${lost} lost`}`,
    );
  }
}

/** What all have added together. */
async function added(way: string, processes: number, times: number, signal: AbortSignal): Promise<number> {
  using number = SharedValue.create({ type: "int32" });
  using start = Barrier.create({ parties: processes });
  const children = Array.from({ length: processes }, () =>
    spawn(Deno.execPath(), {
      args: ["run", "--allow-ffi", import.meta.url, "child", way, `${times}`],
      fds: { 3: number, 4: start },
      noOrphans: true,
      signal,
    }));
  const ends = await Promise.all(children.map((child) => child.status));
  signal.throwIfAborted();
  if (!ends.every(({ success }) => success)) throw new Error("A process that adds has failed");
  return number.value;
}

function child(way: string, times: number): void {
  using number = SharedValue.inherited(3).as("int32");
  using start = Barrier.inherited(4);
  const add = WAYS[way]!;
  start.waitSync();
  for (let i = 0; i < times; i++) add(number);
}

if (import.meta.main) {
  if (Deno.args[0] === "child") child(Deno.args[1]!, Number(Deno.args[2]));
  else {
    const [processes = "4", times = "100000"] = Deno.args;
    await interruptible((signal) => parent(Number(processes), Number(times), signal));
  }
}
