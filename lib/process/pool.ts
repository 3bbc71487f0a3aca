import { notOurs, timedOut } from "../errors.ts";
import { limitOf } from "../messaging/connection_line.ts";
import { checkWait, countOf, type WaitOptions } from "../options.ts";
import { wait } from "../primitives/wait.ts";
import { moduleUrl } from "./child_program.ts";
import type { ProcessPermissions } from "./permission_flags.ts";
import { ApplyJob, MapJob, type PoolCall, type PoolJob } from "./pool_job.ts";
import { startProcess } from "./pool_process.ts";
import { AllResults, EachResult } from "./pool_results.ts";
import { PoolScheduler } from "./pool_scheduler.ts";
import { startThread } from "./pool_thread.ts";
import { APPLY, type How, MAP, STARMAP } from "./pool_wire.ts";
import { PoolWorker } from "./pool_worker.ts";

/** Options of {@linkcode Pool}. */
export interface PoolOptions {
  /** How many workers there are at most: 1 to 1024. They are started when there is something to do. Default: the number of cores. */
  size?: number | undefined;
  /** What a worker is: a process of its own, or a thread of this one. Default: "process". */
  kind?: "process" | "thread" | undefined;
  /** An export that each worker calls before its first task. */
  initializer?: string | undefined;
  /** What it is called with. */
  initArgs?: readonly unknown[] | undefined;
  /** A worker that has done so many tasks (parts, of a `map`) is replaced. Default: never. */
  maxTasksPerChild?: number | undefined;
  /** The largest message, in bytes: the arguments, or the results, of a task, or of a part of a `map`. Default: 64 MiB. */
  maxMessageSize?: number | undefined;
  /** Of processes: what they may do. Default: "inherit", as this process. */
  permissions?: ProcessPermissions | undefined;
  /** Of processes: added to the environment. */
  env?: Record<string, string> | undefined;
  /** Of processes: the folder to run in. Default: this process's. */
  cwd?: string | URL | undefined;
}

/**
 * Options of a call to a {@linkcode Pool}. When `signal` or `timeout` ends it, its tasks that were not begun are dropped,
 * and the workers that do one are ended and replaced: nothing else can stop a function that computes.
 */
export interface PoolTaskOptions extends WaitOptions {
  /** How long a task may run, in milliseconds; then its worker is ended and replaced. Default: no limit. */
  taskTimeout?: number | undefined;
  /**
   * To so many workers a task is given when they end under it. Default: 1, as it may have done a part of its work.
   */
  maxAttempts?: number | undefined;
}

/** Options of {@linkcode Pool.map} and {@linkcode Pool.starmap}. */
export interface PoolMapOptions extends PoolTaskOptions {
  /**
   * So many values are one task. Default: a fourth of each worker's share where the number of values is known, as for
   * arrays; otherwise, and with a `taskTimeout`, 1.
   */
  chunkSize?: number | undefined;
}

/** Options of {@linkcode Pool.imap} and {@linkcode Pool.imapUnordered}. */
export interface PoolImapOptions extends PoolTaskOptions {
  /** So many values are one task. Default: 1. */
  chunkSize?: number | undefined;
  /** So many tasks are begun before their results are asked for. Default: 16 for each worker. */
  ahead?: number | undefined;
}

/** The names of the functions of a module. */
export type TaskName<M> = Extract<
  { [K in keyof M]: M[K] extends (...args: never) => unknown ? K : never }[keyof M],
  string
>;

/** What a function of a module is called with. */
export type TaskArgs<M, K extends keyof M> = M[K] extends (...args: infer Args) => unknown ? Args : never;

/** What a function of a module comes to. */
// deno-lint-ignore no-explicit-any -- Of a module that nothing is known of.
export type TaskResult<M, K extends keyof M> = 0 extends 1 & M ? any
  : M[K] extends (...args: never) => infer R ? Awaited<R>
  : never;

/** What {@linkcode Pool.apply} takes after the name: the arguments, which can be left out when there are none, and options. */
export type TaskRest<M, K extends keyof M> = [] extends TaskArgs<M, K>
  ? [args?: Readonly<TaskArgs<M, K>>, options?: PoolTaskOptions]
  : [args: Readonly<TaskArgs<M, K>>, options?: PoolTaskOptions];

/** More workers than this are a mistake. */
const MOST_WORKERS = 1024;

/** For each worker so many parts of an `imap` are ahead of the reader. */
const AHEAD = 16;

/** An interval that is never over keeps this process running. */
const NEVER = 2 ** 30;

let count = 0;

/**
 * Workers that call the exports of a module: `pool.apply("hash", [file])`, `pool.map("square", numbers)`. As Python's
 * `multiprocessing.Pool`.
 *
 * - A worker does one task at a time. Arguments and results travel by structured clone, through shared memory where both
 *   sides have `--allow-ffi` (Linux), and handles of this library as themselves. What they import is loaded once for each
 *   worker.
 * - What a task throws, its call rejects with, with the remote stack. A worker that ends fails the task that it has begun
 *   ({@linkcode WorkerEndedError}), no other one, and is replaced.
 * - A `map` is cut into tasks of several values, `chunkSize`. The first value that fails is its failure.
 * - Calls share the workers: one with a thousand tasks does not keep the next one waiting.
 * - Each task gets a copy of its arguments. Large data that many tasks use goes into a `SharedArray` among
 *   `initArgs`: the workers have it from their start, and nothing of it is copied.
 * - A task closes the handles that it was given, best with `using`. What a thread leaves open stays open in this process.
 * - Workers end with the pool, and with this process, however it ends. A pool of processes that has nothing to do does not
 *   keep this process running; one of threads does.
 *
 * Processes need `--allow-run`, `--allow-env` and `--allow-ffi`; threads `--allow-read` for the module and this library, where
 * those are files. The stdin of a process is at its end. A thread that runs out of memory ends
 * this process, a process that does fails its task; a thread that computes goes on for up
 * to 2 s when it is ended, and the runtime leaves some of its descriptors open.
 *
 * @example
 * ```ts
 * import { Pool } from "@ipc/ipc";
 *
 * // With a file: new Pool<typeof import("./work.ts")>(import.meta.resolve("./work.ts")).
 * const work = "data:text/javascript,export const square = (n) => n * n; export const add = (a, b) => a + b";
 * await using pool = new Pool(work, { size: 2 });
 *
 * console.log(await pool.apply("add", [1, 2]));
 * console.log(await pool.map("square", [1, 2, 3]));
 * for await (const result of pool.imap("square", [4, 5])) console.log(result);
 * console.log(await pool.starmap("add", [[1, 2], [3, 4]]));
 * ```
 */
// deno-lint-ignore no-explicit-any -- A module that nothing is known of.
export class Pool<M = any> implements AsyncDisposable {
  /** How many workers there are at most. */
  readonly size: number;
  /** What a worker is. */
  readonly kind: "process" | "thread";
  readonly #scheduler: PoolScheduler;
  #state: "open" | "closed" | "terminated" = "open";

  /**
   * Starts nothing yet.
   *
   * @param module The URL of the module, absolute: `import.meta.resolve("./work.ts")`.
   * @throws {TypeError} The URL is not absolute, or an option is of the wrong kind
   * @throws {RangeError} A size that is not possible
   */
  constructor(module: string | URL, options: PoolOptions = {}) {
    const url = moduleUrl(module);
    const limit = limitOf(options);
    this.size = sizeOf(options);
    this.kind = kindOf(options);
    const { initializer, initArgs = [], maxTasksPerChild = Infinity, permissions, env, cwd } = options;
    if (maxTasksPerChild !== Infinity) countOf("maxTasksPerChild", maxTasksPerChild, 1);
    if (initializer !== undefined) checkEntry(initializer);
    if (!Array.isArray(initArgs)) {
      throw new TypeError("The option initArgs takes an array: the arguments of the initializer");
    }
    const setup = { module: url, initializer, initArgs, limit };
    this.#scheduler = new PoolScheduler(this.size, (events) => {
      const name = `PoolWorker-${++count}`;
      const host = this.kind === "thread"
        ? startThread({ name, setup })
        : startProcess({ name, setup, permissions, env, cwd });
      return new PoolWorker(name, host, maxTasksPerChild, events);
    });
  }

  /**
   * Calls a function once: `apply("add", [1, 2], { timeout: 1000 })`.
   *
   * @param rest Its arguments, as an array, and options.
   * @throws Whatever it throws, with the remote stack
   * @throws {WorkerEndedError} The worker ended meanwhile
   * @throws {TypeError} An argument, or the result, cannot be carried: the message has the path; or there is no such export
   * @throws {RangeError} The arguments, or the result, are larger than `maxMessageSize`
   * @throws {Deno.errors.TimedOut} It took longer than `timeout`, or `taskTimeout`
   * @throws {Deno.errors.BadResource} The pool is closed
   */
  apply<K extends TaskName<M>>(entry: K, ...rest: TaskRest<M, K>): Promise<TaskResult<M, K>> {
    const [args = [], options = {}] = rest;
    return this.#call(entry, options, () => {
      if (!Array.isArray(args)) {
        throw new TypeError(`Cannot call '${entry}': its arguments are given as an array`);
      }
      const job = new ApplyJob(callOf(entry, APPLY, options), args);
      return { job, result: job.result };
    }) as Promise<TaskResult<M, K>>;
  }

  /**
   * Calls a function with each of the values, and resolves to the results, in the same order. The values may come
   * asynchronously: they are read when there is a worker for them.
   *
   * @throws As {@linkcode Pool.apply}: what the first one that failed has thrown, and then the rest is dropped
   */
  map<K extends TaskName<M>>(
    entry: K,
    values: Iterable<TaskArgs<M, K>[0]> | AsyncIterable<TaskArgs<M, K>[0]>,
    options: PoolMapOptions = {},
  ): Promise<TaskResult<M, K>[]> {
    return this.#mapAll(entry, MAP, values, options) as Promise<TaskResult<M, K>[]>;
  }

  /** As {@linkcode Pool.map}, for functions with several arguments: each value is an array of them. */
  starmap<K extends TaskName<M>>(
    entry: K,
    values: Iterable<TaskArgs<M, K>> | AsyncIterable<TaskArgs<M, K>>,
    options: PoolMapOptions = {},
  ): Promise<TaskResult<M, K>[]> {
    return this.#mapAll(entry, STARMAP, values, options) as Promise<TaskResult<M, K>[]>;
  }

  /**
   * As {@linkcode Pool.map}, with the results one after the other, as soon as they are there. The values are read a few
   * ahead of the results that are asked for, `ahead`, and no further: they may be endless.
   *
   * The first failure, in the order of the results, ends the iteration; to leave it drops the rest. `timeout` is the
   * longest wait for a result.
   */
  imap<K extends TaskName<M>>(
    entry: K,
    values: Iterable<TaskArgs<M, K>[0]> | AsyncIterable<TaskArgs<M, K>[0]>,
    options: PoolImapOptions = {},
  ): AsyncIterableIterator<TaskResult<M, K>> {
    return this.#mapEach(entry, true, values, options) as AsyncIterableIterator<TaskResult<M, K>>;
  }

  /** As {@linkcode Pool.imap}, with the results in the order in which they come. */
  imapUnordered<K extends TaskName<M>>(
    entry: K,
    values: Iterable<TaskArgs<M, K>[0]> | AsyncIterable<TaskArgs<M, K>[0]>,
    options: PoolImapOptions = {},
  ): AsyncIterableIterator<TaskResult<M, K>> {
    return this.#mapEach(entry, false, values, options) as AsyncIterableIterator<TaskResult<M, K>>;
  }

  /**
   * Takes no more calls. The workers end when all is done: an {@linkcode Pool.imap} is when it was read to its end, or left.
   * Once or often.
   */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.#scheduler.close();
  }

  /** Ends all workers at once. What is not done is `Deno.errors.Interrupted`. Once or often. */
  terminate(): void {
    if (this.#state === "terminated") return;
    this.#state = "terminated";
    this.#scheduler.terminate(({ call }) =>
      new Deno.errors.Interrupted(`Cannot run '${call.entry}' in the pool: it was terminated`)
    );
  }

  /**
   * Waits until all workers have ended, after `close()` or `terminate()`.
   *
   * @throws {TypeError} Neither was called
   * @throws {Deno.errors.TimedOut} They have not ended within the time-out
   */
  async join(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (this.#state === "open") throw new TypeError("Cannot join the pool: close() or terminate() it first");
    const late = (timeout: number) => timedOut("Cannot join the pool", "its workers did not end", timeout);
    const alive = setInterval(() => {}, NEVER);
    try {
      await wait<void>(options, late, ({ resolve, reject }) => {
        this.#scheduler.done.then(resolve, reject);
        return () => {};
      });
    } finally {
      clearInterval(alive);
    }
  }

  /** For `await using`: terminates it, and waits for the end of the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  #mapAll(
    entry: string,
    how: How,
    values: Iterable<unknown> | AsyncIterable<unknown>,
    options: PoolMapOptions,
  ): Promise<unknown[]> {
    return this.#call(entry, options, () => {
      checkValues(entry, values);
      const chunkSize = this.#chunkSize(values, options);
      const results = new AllResults();
      const job = new MapJob(callOf(entry, how, options), { values, chunkSize }, results, this.#more);
      return { job, result: results.all };
    });
  }

  #mapEach(
    entry: string,
    ordered: boolean,
    values: Iterable<unknown> | AsyncIterable<unknown>,
    options: PoolImapOptions,
  ): AsyncIterableIterator<unknown> {
    const { chunkSize = 1, ahead = AHEAD * this.size, signal, timeout } = options;
    checkWait(options);
    checkEntry(entry);
    checkValues(entry, values);
    countOf("chunkSize", chunkSize, 1);
    countOf("ahead", ahead, 1);
    const wait = { signal, timeout };
    const results = new EachResult({ ordered, ahead, action: actionOf(entry), wait }, (change) => {
      if (change === "room") this.#scheduler.hand();
      else if (!job.over) this.#scheduler.abandon(job, change === "stopped" ? change : undefined);
    });
    const job = new MapJob(callOf(entry, MAP, options), { values, chunkSize }, results, this.#more);
    this.#begin(job);
    return results;
  }

  readonly #more = () => this.#scheduler.hand();

  /** How many values are one task. */
  #chunkSize(values: object, { chunkSize, taskTimeout }: PoolMapOptions): number {
    if (chunkSize !== undefined) return countOf("chunkSize", chunkSize, 1);
    const { length, size } = values as { length?: unknown; size?: unknown };
    const known = typeof length === "number" ? length : typeof size === "number" ? size : 0;
    return taskTimeout === undefined ? Math.max(1, Math.ceil(known / (4 * this.size))) : 1;
  }

  async #call<T>(
    entry: string,
    options: PoolTaskOptions,
    prepare: () => { job: PoolJob; result: Promise<T> },
  ): Promise<T> {
    checkWait(options);
    checkEntry(entry);
    const { job, result } = prepare();
    this.#begin(job);
    if (options.signal === undefined && options.timeout === undefined) return await result;
    const late = (timeout: number) => timedOut(actionOf(entry), "it was not done", timeout);
    return await wait<T>(options, late, ({ resolve, reject }) => {
      let stopped = false;
      result.then(resolve, (error) => stopped || reject(error));
      return () => {
        stopped = true;
        this.#scheduler.abandon(job, "stopped");
      };
    });
  }

  #begin(job: PoolJob): void {
    if (this.#state !== "open") throw notOurs(actionOf(job.call.entry), "it is closed");
    this.#scheduler.add(job);
  }
}

function actionOf(entry: string): string {
  return `Cannot run '${entry}' in the pool`;
}

function callOf(
  entry: string,
  how: How,
  { taskTimeout = Infinity, maxAttempts = 1 }: PoolTaskOptions,
): PoolCall {
  if (typeof taskTimeout !== "number") {
    throw new TypeError(
      `The option taskTimeout takes a number of milliseconds, and got ${typeof taskTimeout}`,
    );
  }
  if (!(taskTimeout > 0)) {
    throw new RangeError(`The option taskTimeout takes more than 0 milliseconds, and got ${taskTimeout}`);
  }
  return { entry, how, taskTimeout, maxAttempts: countOf("maxAttempts", maxAttempts, 1) };
}

function checkEntry(entry: unknown): void {
  if (typeof entry === "string") return;
  throw new TypeError(
    `A task is named by its export, a string, and not ${typeof entry}: pool.apply("hash", [file])`,
  );
}

function checkValues(entry: string, values: unknown): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(values);
  if (typeof sync === "function" || typeof async === "function") return;
  throw new TypeError(`${actionOf(entry)}: the values are an array or another iterable, sync or async`);
}

function sizeOf({ size = navigator.hardwareConcurrency }: PoolOptions): number {
  countOf("size", size, 1);
  if (size <= MOST_WORKERS) return size;
  throw new RangeError(
    `The option size takes at most ${MOST_WORKERS} workers, and got ${size}; one for each core is mostly best`,
  );
}

function kindOf({ kind = "process", ...options }: PoolOptions): "process" | "thread" {
  if (kind !== "process" && kind !== "thread") {
    throw new TypeError(`The option kind takes "process" or "thread", and got ${Deno.inspect(kind)}`);
  }
  for (const name of ["permissions", "env", "cwd"] as const) {
    if (kind === "process" || options[name] === undefined) continue;
    throw new TypeError(`The option ${name} is for processes; a thread has what this process has`);
  }
  return kind;
}
