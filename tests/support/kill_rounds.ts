/**
 * Processes that are killed at random moments, while others go on.
 *
 * @module
 */

import { startChild, type StartOptions, type TestChild } from "./children.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** What happens in the rounds. */
export interface KillRounds {
  /** How many processes are killed. Default: 100. */
  rounds?: number;
  /** The program in tests/children. It prints "ready", and begins when it gets a byte. */
  victim: string;
  /** How it is started. */
  options: StartOptions;
  /** Resolves when a victim is at work. */
  busy(): Promise<void>;
  /** After a kill: resolves when the survivors have gone on, rejects when they cannot. */
  goOn(): Promise<void>;
  /** How long that may take, in milliseconds. Default: 1000. */
  limit?: number;
}

/** How long a victim works at most, in milliseconds, before it is killed. */
const LONGEST = 12;

/** Kills one process after the other. Returns how long it took the survivors to go on, at most, in milliseconds. */
export async function killRounds(rounds: KillRounds): Promise<number> {
  const { rounds: count = 100, limit = 1000 } = rounds;
  let longest = 0;
  const start = () => startChild(rounds.victim, rounds.options);
  // The next one starts while this one works: to start takes most of the time.
  let next: TestChild | undefined = start();
  try {
    for (let round = 1; round <= count; round++) {
      await using victim = next!;
      next = round < count ? start() : undefined;
      await victim.printed("ready");
      await victim.write("\n");
      await within(PATIENCE_MS, `the victim of round ${round} to begin`, () => rounds.busy());
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST));
      victim.kill("SIGKILL");
      await victim.status;
      const before = performance.now();
      await within(limit, `the survivors of round ${round} to go on`, () => rounds.goOn());
      longest = Math.max(longest, performance.now() - before);
    }
  } finally {
    await next?.[Symbol.asyncDispose]();
  }
  return longest;
}
