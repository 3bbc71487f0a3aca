import { systemError, timedOut } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { builtin } from "./builtin.ts";
import { wait } from "./wait.ts";

/** Whom a signal is for: a process, or all processes of a group (also written as minus its number). */
export type SignalTarget = number | { group: number };

/**
 * Signals as they come, by name. It listens from the call on, and takes their default behaviour away (SIGTERM does
 * not end the process any more), until the iteration ends: by `break`, `return()`, disposal, or an abort.
 *
 * - A kind of signal that comes while another one is dealt with is not lost. Several of one kind that come meanwhile
 *   are one: the kernel itself counts no better.
 * - A wait for the next one keeps the process running; listening alone does not.
 * - A process that comes to its end by itself stops listening a moment before: a signal in that moment kills it. Where
 *   that matters end it with `Deno.exit()`.
 * - Deno takes SIGUSR1 for its own: from 2.9.2 on, in a process that has run for half a second, it opens the debugger
 *   at 127.0.0.1:9229 as well, where every user of this machine can connect, and no longer ends the process by default.
 *   SIGUSR2 has no other meaning.
 *
 * As signal(7).
 *
 * @throws {TypeError} No such signal, or one that cannot be caught, as SIGKILL
 *
 * @example
 * ```ts
 * import { sendSignal, signals } from "@ipc/ipc";
 *
 * using coming = signals("SIGUSR2", "SIGTERM");
 * sendSignal(Deno.pid, "SIGUSR2"); // Elsewhere: kill -USR2
 * sendSignal(Deno.pid, "SIGTERM");
 * for await (const name of coming) {
 *   console.log(name);
 *   if (name === "SIGTERM") break;
 * }
 * ```
 */
export function signals(...names: Deno.Signal[]): Signals;
/** The same, with limits: an abort or a time-out of a wait ends the iteration with an error. */
export function signals(...namesAndOptions: [...Deno.Signal[], WaitOptions]): Signals;
export function signals(...args: (Deno.Signal | WaitOptions)[]): Signals {
  const last = args.at(-1);
  const options = typeof last === "object" && last !== null ? last : {};
  const names = options === last ? args.slice(0, -1) : args;
  return new Signals(names as Deno.Signal[], options);
}

/**
 * What {@linkcode signals} returns. `using` or the end of its loop gives the signals their default behaviour back.
 *
 * @example
 * ```ts
 * import { type Signals, signals } from "@ipc/ipc";
 *
 * const coming: Signals = signals("SIGHUP");
 * const next = coming.next();
 * Deno.kill(Deno.pid, "SIGHUP");
 * console.log((await next).value);
 * coming.close();
 * ```
 */
export class Signals implements AsyncIterableIterator<Deno.Signal>, Disposable {
  readonly #options: WaitOptions;
  readonly #listeners: Map<Deno.Signal, () => void>;
  /** Those that came and were not asked for yet, in their order. */
  readonly #came = new Set<Deno.Signal>();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  /** @internal */
  constructor(names: Deno.Signal[], options: WaitOptions) {
    checkWait(options);
    if (names.length === 0) throw new TypeError("Cannot wait for signals: name at least one, as SIGTERM");
    this.#options = options;
    this.#listeners = new Map(names.map((name) => [name, () => this.#arrive(name)]));
    listen(this.#listeners);
  }

  /** Waits for the next signal. */
  async next(): Promise<IteratorResult<Deno.Signal, undefined>> {
    for (;;) {
      const [first] = this.#came;
      if (first !== undefined) {
        this.#came.delete(first);
        return { done: false, value: first };
      }
      if (this.#closed) return { done: true, value: undefined };
      await this.#wait();
    }
  }

  /** Ends the iteration. */
  return(): Promise<IteratorResult<Deno.Signal, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The iterator is its own. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gives the signals their default behaviour back, and ends the iteration. Once or often. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#came.clear();
    unlisten(this.#listeners);
    this.#wake();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #wait(): Promise<void> {
    const names = [...this.#listeners.keys()].join(" or ");
    const late = (timeout: number) => timedOut(`Cannot wait for ${names}`, "none came", timeout);
    const running = setInterval(() => {}, LONG); // The runtime's listeners do not keep the process running.
    try {
      await wait<void>(this.#options, late, ({ resolve }) => {
        const wake = () => resolve();
        this.#waiting.add(wake);
        return () => void this.#waiting.delete(wake);
      });
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearInterval(running);
    }
  }

  #arrive(name: Deno.Signal): void {
    this.#came.add(name);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/**
 * Waits for a signal, and returns its name. During the wait its default behaviour is away, and it is back afterwards.
 * The wait keeps the process running.
 *
 * @param names One, or several, of which the first to come ends the wait.
 * @throws {TypeError} No such signal, or one that cannot be caught
 * @throws {Deno.errors.TimedOut} None came within the time-out
 *
 * @example
 * ```ts
 * import { sendSignal, untilSignal } from "@ipc/ipc";
 *
 * const ended = untilSignal(["SIGTERM", "SIGINT"], { timeout: 60_000 });
 * sendSignal(Deno.pid, "SIGTERM"); // Elsewhere: kill
 * console.log(`${await ended}: a clean end`);
 * ```
 */
export async function untilSignal(
  names: Deno.Signal | Deno.Signal[],
  options: WaitOptions = {},
): Promise<Deno.Signal> {
  using coming = new Signals([names].flat(), options);
  return (await coming.next()).value!;
}

/**
 * Sends a signal to a process, or to all processes of a group.
 *
 * A number can have been given to another process when its own has ended: send only to a process that you know to
 * run, as your child before you have its `status`.
 *
 * Needs `--allow-run`. As kill(2).
 *
 * @param target A process id; for a group `{ group: id }`, or minus its id.
 * @throws {Deno.errors.NotFound} There is no such process (ESRCH)
 * @throws {Deno.errors.PermissionDenied} It is another user's (EPERM)
 * @throws {TypeError} No such signal, or no process id
 * @throws {RangeError} 0, -1 or group 1, which the kernel would take for many processes
 *
 * @example
 * ```ts
 * import { sendSignal, spawn } from "@ipc/ipc";
 *
 * const child = spawn("sleep", { args: ["60"], detached: true });
 * sendSignal({ group: child.pid }, "SIGTERM"); // A detached child leads a group.
 * console.log((await child.status).signal);
 * ```
 */
export function sendSignal(target: SignalTarget, name: Deno.Signal): void {
  const pid = targetOf(target);
  if (!(Object.hasOwn(builtin("node:os").constants.signals, name))) {
    throw new TypeError(`Cannot send ${Deno.inspect(name)}: there is no such signal`);
  }
  const whom = pid < 0 ? `process group ${-pid}` : `process ${pid}`;
  kill(pid, name, `Cannot send ${name} to ${whom}`);
}

/**
 * Whether there is a process with this id. One that has ended, and whose parent has not taken note of it yet (a
 * zombie), counts; so does another user's. The id can have been given to another process since you knew it.
 *
 * Needs `--allow-run`. As kill(2) with signal 0.
 *
 * @throws {TypeError} It is no process id
 *
 * @example
 * ```ts
 * import { isAlive } from "@ipc/ipc";
 *
 * console.log(isAlive(Deno.pid), isAlive(2 ** 30));
 * ```
 */
export function isAlive(pid: number): boolean {
  const target = targetOf(pid);
  if (target < 0) throw new TypeError(`A process id is a whole number from 1 on, not ${pid}`);
  try {
    kill(target, 0 as unknown as Deno.Signal, `Cannot look for process ${pid}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}

/**
 * An AbortSignal that the first of these signals aborts, for every `signal` option of this library and of the Web.
 * From then on, and after its disposal, the signals have their default behaviour again: a second Ctrl-C ends the
 * process. It does not keep the process running.
 *
 * @throws {TypeError} No such signal, or one that cannot be caught
 *
 * @example
 * ```ts
 * import { abortOnSignal, listen, sendSignal } from "@ipc/ipc";
 *
 * using signal = abortOnSignal("SIGINT", "SIGTERM");
 * await using listener = await listen("tcp://127.0.0.1:0");
 * setTimeout(() => sendSignal(Deno.pid, "SIGTERM")); // Elsewhere: kill
 * await listener.accept({ signal }).catch((error) => console.log(error.message));
 * ```
 */
export function abortOnSignal(...names: Deno.Signal[]): AbortSignal & Disposable {
  if (names.length === 0) throw new TypeError("Cannot wait for signals: name at least one, as SIGTERM");
  const controller = new AbortController();
  const listeners = new Map(names.map((name) => [name, () => {
    unlisten(listeners);
    controller.abort(new DOMException(`${name} was received`, "AbortError"));
  }]));
  listen(listeners);
  return Object.assign(controller.signal, {
    [Symbol.dispose]: () => unlisten(listeners),
  });
}

/** The longest that a timer can wait: 24 days. */
const LONG = 0x7fffffff;

function listen(listeners: Map<Deno.Signal, () => void>): void {
  try {
    for (const [name, listener] of listeners) Deno.addSignalListener(name, listener);
  } catch (error) {
    unlisten(listeners);
    throw error;
  }
}

function unlisten(listeners: Map<Deno.Signal, () => void>): void {
  for (const [name, listener] of listeners) {
    try {
      Deno.removeSignalListener(name, listener);
    } catch {
      // No such signal: it was never listened to.
    }
  }
}

function targetOf(target: SignalTarget): number {
  const pid = typeof target === "object" && target !== null ? -target.group : target;
  if (!Number.isInteger(pid) || Math.abs(pid) > 0x7fffffff) {
    throw new TypeError(`A process id is a whole number, and not ${Deno.inspect(target)}`);
  }
  // kill(2): 0 is the caller's own group, -1 every process of the user's.
  if (pid === 0 || pid === -1) {
    throw new RangeError(`The process id ${pid} would mean many processes; name one, or a group from 2 on`);
  }
  return pid;
}

/** Deno.kill(), with errors of ours. */
function kill(pid: number, name: Deno.Signal, action: string): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    const attempt = { action, syscall: "kill" };
    if (error instanceof Deno.errors.NotFound) throw systemError("ESRCH", attempt);
    if (error instanceof Deno.errors.PermissionDenied) throw systemError("EPERM", attempt);
    throw error;
  }
}
