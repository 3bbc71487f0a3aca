import { checkWait, timeoutOf, type WaitOptions } from "../options.ts";
import type { Connection } from "./connection.ts";

/**
 * Waits until one of several connections has something: a whole message, or its end. As Python's
 * `multiprocessing.connection.wait`.
 *
 * Nothing is taken: receive from those that are returned.
 *
 * @returns Those that have something, in the order given; none when the time-out came first.
 * @throws {Deno.errors.Busy} A receive of one of them is under way
 * @throws {Deno.errors.BadResource} One of them is closed
 *
 * @example
 * ```ts
 * import { connectionPair, wait } from "@ipc/ipc";
 *
 * const pairs = [connectionPair(), connectionPair(), connectionPair()];
 * await pairs[1]![1].send("hello");
 * for (const connection of await wait(pairs.map(([a]) => a), { timeout: 1000 })) {
 *   console.log(await connection.recv());
 * }
 * for (const [a, b] of pairs) {
 *   a.close();
 *   b.close();
 * }
 * ```
 */
// deno-lint-ignore no-explicit-any -- Connections of any values.
export async function wait<C extends Connection<any>>(
  connections: Iterable<C>,
  options: WaitOptions = {},
): Promise<C[]> {
  checkWait(options);
  const list = [...connections];
  const timeout = timeoutOf(options);
  const ready = new Set<C>();
  const over = new AbortController();
  const signal = options.signal === undefined
    ? over.signal
    : AbortSignal.any([over.signal, options.signal]);
  let failure: unknown;
  const polls = list.map(async (connection) => {
    try {
      if (await connection.poll({ signal, timeout })) {
        ready.add(connection);
        over.abort();
      }
    } catch (error) {
      // What broke one is for its receiver to see.
      if (error instanceof Deno.errors.InvalidData) ready.add(connection);
      else if (!signal.aborted) failure = error;
      over.abort();
    }
  });
  await Promise.all(polls);
  if (failure !== undefined) throw failure;
  if (ready.size === 0) options.signal?.throwIfAborted();
  return list.filter((connection) => ready.has(connection));
}
