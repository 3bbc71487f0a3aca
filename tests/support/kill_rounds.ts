/**
 * Processes that are killed at random moments, while others go on.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { TestChild } from "./children.ts";
import { hasNoMemory } from "./processes.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** One process that is killed, and those that it leaves. */
export interface Round {
  /** It has been started, prints "ready", and begins when it gets a byte. */
  readonly victim: TestChild;
  /** Resolves when it is at work, at the moment at which it is to be killed. */
  busy(): Promise<unknown>;
  /** Resolves when all that are left have gone on without it. */
  goOn(): Promise<unknown>;
  /** What has to be right then, and is not measured. */
  check?(): unknown;
  /** Is called at the end of the round, however it ends. */
  close?(): void;
}

/** In all of the tests that kill. More, or fewer: IPC_KILL_ROUNDS. */
const ROUNDS = Number(Deno.env.get("IPC_KILL_ROUNDS") ?? 500);

/** How many of every 500 rounds are one test's. */
export function partOfRounds(of500: number): number {
  return Math.max(1, Math.round(of500 * ROUNDS / 500));
}

/** The survivors go on within this, in milliseconds from SIGKILL. */
const SOON = 1000;

/** How long the victim of a round works at most before it is killed, in milliseconds. */
const LONGEST = 8;

/** Any moment within some milliseconds. */
export async function anyMoment(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST));
  for (const end = performance.now() + Math.random(); performance.now() < end;);
}

/** Waits until something holds, looking in each turn of the event loop: how long it takes is measured. */
export async function soon(done: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !done();) {
    if (performance.now() > end) throw new Error(`Gave up after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/**
 * Kills one process after the other. Prints how long it took those that were left to go on, counted from SIGKILL; more
 * than a second is an error, in any round.
 */
export async function killRounds(
  title: string,
  rounds: number,
  begin: (round: number) => Round,
): Promise<void> {
  let longest = 0;
  // The next one starts while this one works: to start takes most of the time.
  let next: Round | undefined = begin(0);
  try {
    for (let round = 0; round < rounds; round++) {
      const current: Round = next!;
      next = undefined;
      try {
        await using victim = current.victim;
        await victim.printed("ready");
        next = round + 1 < rounds ? begin(round + 1) : undefined;
        await victim.write("\n");
        await within(PATIENCE_MS, `the victim of round ${round} to begin`, () => current.busy());
        const killed = performance.now();
        victim.kill("SIGKILL");
        // It does nothing more: whatever the others do from here on they do without it.
        await soon(() => hasNoMemory(victim.pid));
        const gone = performance.now() - killed;
        await within(10 * SOON, `the survivors of round ${round} to go on`, () => current.goOn());
        const took = performance.now() - killed;
        const times = `${took.toFixed(0)} ms to go on, of which it took ${gone.toFixed(0)} ms to be gone`;
        assert(took < SOON, `In round ${round} it took ${times}`);
        longest = Math.max(longest, took);
        await victim.status;
        await within(PATIENCE_MS, `the survivors of round ${round} to be right`, async () => {
          await current.check?.();
        });
      } finally {
        current.close?.();
      }
    }
  } finally {
    await next?.victim[Symbol.asyncDispose]();
    next?.close?.();
  }
  console.log(`${title}: ${rounds} killed, the others went on within ${longest.toFixed(0)} ms`);
}
