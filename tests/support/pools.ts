/** Pools for tests. */
import { Pool, type PoolOptions } from "../../mod.ts";
import type * as Work from "../children/pool_work.ts";
import { assertNoLeak } from "./descriptors.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** The functions that workers run. */
export const WORK: string = new URL("../children/pool_work.ts", import.meta.url).href;

/** What workers are. */
export type Kind = "process" | "thread";

/** Both. */
export const KINDS = ["process", "thread"] as const;

/** A pool of the functions of {@linkcode WORK}; of two workers, unless told otherwise. */
export function poolOf(kind: Kind, options: PoolOptions = {}): Pool<typeof Work> {
  return new Pool<typeof Work>(WORK, { kind, size: 2, ...options });
}

let warm: Promise<void> | undefined;

/** The first process and the first thread make the runtime open what it keeps. */
async function warmUp(): Promise<void> {
  for (const kind of KINDS) {
    await using pool = poolOf(kind, { size: 1 });
    await pool.apply("add", [1, 2]);
  }
}

/** A test that fails when it takes too long, or leaves a descriptor open. */
export function test(name: string, body: () => Promise<void>, ignore = false): void {
  const fn = () =>
    assertNoLeak(() => within(2 * PATIENCE_MS, name, body), { warmUp: () => warm ??= warmUp() });
  Deno.test({ name, ignore, fn });
}

/** The same body for each kind of worker. */
export function testBoth(name: string, body: (kind: Kind) => Promise<void>): void {
  for (const kind of KINDS) test(`${name} (${kind})`, () => body(kind));
}

/**
 * The same for what ends a worker while it computes: the runtime then leaves six descriptors of a thread open, its copies
 * of stdout and the like. (A Worker in a loop and `terminate()` is all it takes.)
 */
export function testBothKilled(name: string, body: (kind: Kind) => Promise<void>): void {
  test(`${name} (process)`, () => body("process"));
  const fn = () => within(2 * PATIENCE_MS, name, () => body("thread"));
  Deno.test({ name: `${name} (thread)`, fn });
}

/** All that an iteration gives. */
export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(values);
}
