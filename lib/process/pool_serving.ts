import { functionOf, loadModule } from "./loaders.ts";
import type { PoolLink } from "./pool_link.ts";
import {
  APPLY,
  DONE,
  END,
  FAILED,
  type How,
  type PoolAnswer,
  type PoolSetup,
  READY,
  STARMAP,
  TASK,
} from "./pool_wire.ts";
import { failureData } from "./remote_error.ts";

// deno-lint-ignore no-explicit-any -- Whatever the module exports.
type Task = (...args: any[]) => unknown;

/**
 * What a worker of a pool does: one task after the other.
 *
 * @param claimed The number of the task that may be begun next; the pool puts it forward to take back those that it has
 * sent.
 */
export async function serve(
  link: PoolLink,
  { module, initializer, initArgs }: PoolSetup,
  claimed: Int32Array | undefined,
): Promise<void> {
  const exports = await loadModule(module);
  if (initializer !== undefined) await functionOf(exports, initializer, module)(...initArgs);
  await link.send(link.pack([READY]));
  for (;;) {
    const order = await link.receive({}) as [number, number, string, How, unknown[]];
    if (order[0] === END) return;
    const [kind, number, entry, how, values] = order;
    if (kind !== TASK) throw new TypeError(`The pool sent a message of kind ${kind}`);
    const mine = claimed === undefined
      || Atomics.compareExchange(claimed, 0, number | 0, (number + 1) | 0) === (number | 0);
    if (!mine) continue;
    let answer: PoolAnswer;
    try {
      const result = perform(functionOf(exports, entry, module), how, values);
      answer = [DONE, number, isThenable(result) ? await result : result];
    } catch (error) {
      answer = [FAILED, number, failureData(error)];
    }
    await link.send(packed(link, answer, entry));
  }
}

function perform(task: Task, how: How, values: unknown[]): unknown {
  return how === APPLY ? task(...values) : performAll(task, how, values);
}

async function performAll(task: Task, how: How, values: unknown[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const value of values) {
    const result = how === STARMAP ? task(...value as unknown[]) : task(value);
    results.push(isThenable(result) ? await result : result);
  }
  return results;
}

function packed(link: PoolLink, answer: PoolAnswer, entry: string) {
  try {
    return link.pack(answer);
  } catch (error) {
    const why = (error as Error).message.replace(/^Cannot send as structured: /, "").replace("$[2]", "it");
    const Class = error instanceof RangeError ? RangeError : TypeError;
    const cannot = new Class(`Cannot send the result of '${entry}': ${why}`);
    return link.pack([FAILED, answer[1], failureData(cannot)]);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null
    && typeof (value as PromiseLike<unknown>).then === "function";
}
