import { timedOut } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { wait } from "../primitives/wait.ts";
import { EventState } from "./managed_event.ts";
import { untilEnd } from "./managed_semaphore.ts";

/** What the clients of one queue share. */
export class QueueState {
  readonly items: unknown[] = [];
  readonly maxSize: number;
  /** Those that were put, and for which taskDone() was not called. */
  unfinished = 0;
  readonly allDone: EventState = new EventState();
  readonly #getting = new Set<(item: unknown) => void>();
  readonly #putting = new Set<() => unknown>();

  constructor(maxSize: number) {
    this.maxSize = maxSize;
    this.allDone.isSet = true;
  }

  tryPut(item: unknown): boolean {
    if (this.items.length >= this.maxSize) return false;
    this.unfinished++;
    this.allDone.isSet = false;
    const [first] = this.#getting;
    if (first === undefined) this.items.push(item);
    else {
      this.#getting.delete(first);
      first(item);
    }
    return true;
  }

  async put(item: unknown, options: WaitOptions): Promise<void> {
    checkWait(options);
    if (this.tryPut(item)) return;
    const late = (timeout: number) => timedOut("Cannot put into a managed queue", "it was full", timeout);
    await wait<void>(options, late, ({ resolve }) => {
      const enter = () => {
        this.tryPut(item);
        resolve();
      };
      this.#putting.add(enter);
      return () => void this.#putting.delete(enter);
    });
  }

  /** The first item, in an array of its own, as it can be undefined. */
  tryGet(): [unknown] | undefined {
    if (this.items.length === 0) return undefined;
    const item = this.items.shift();
    const [first] = this.#putting;
    if (first !== undefined) {
      this.#putting.delete(first);
      first();
    }
    return [item];
  }

  async get(options: WaitOptions): Promise<unknown> {
    checkWait(options);
    const found = this.tryGet();
    if (found !== undefined) return found[0];
    const late = (timeout: number) => timedOut("Cannot get from a managed queue", "it was empty", timeout);
    const [item] = await wait<[unknown]>(options, late, ({ resolve }) => {
      const take = (item: unknown) => resolve([item]);
      this.#getting.add(take);
      return () => void this.#getting.delete(take);
    });
    return item;
  }
}

/**
 * A queue at a {@linkcode Manager}'s server, for clients on any host: many put, many get, each item goes to one of them,
 * and who waits longest is next. An item that is on its way to a client when that is cut off is lost.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const jobs = await manager.queue<string>("jobs", { maxSize: 100 });
 * await jobs.put("wash");
 * console.log(await jobs.get({ timeout: 1000 }));
 * await jobs.taskDone();
 * await jobs.join();
 * ```
 */
export class ManagedQueue<T = unknown> {
  readonly #state: QueueState;
  readonly #end: AbortSignal;

  /** @internal */
  constructor(state: QueueState, end: AbortSignal) {
    this.#state = state;
    this.#end = end;
  }

  /** How many items are in it. */
  get size(): number {
    return this.#state.items.length;
  }

  /** How many items it takes. */
  get maxSize(): number {
    return this.#state.maxSize;
  }

  /**
   * Puts an item in, waiting for room.
   *
   * @throws {Deno.errors.TimedOut} It was full for the whole time-out
   */
  async put(item: T, options: WaitOptions = {}): Promise<void> {
    await this.#state.put(item, untilEnd(options, this.#end));
  }

  /** Puts an item in, if there is room. */
  tryPut(item: T): boolean {
    return this.#state.tryPut(item);
  }

  /**
   * Takes the first item, waiting for it.
   *
   * @throws {Deno.errors.TimedOut} It was empty for the whole time-out
   */
  async get(options: WaitOptions = {}): Promise<T> {
    const item = await this.#state.get(untilEnd(options, this.#end)) as T;
    if (this.#end.aborted) this.#state.items.unshift(item); // Its client has gone in this very moment.
    return item;
  }

  /** Takes the first item, if there is one: undefined when it is empty. */
  tryGet(): T | undefined {
    return this.#state.tryGet()?.[0] as T | undefined;
  }

  /**
   * Tells that the work for an item that was taken is done.
   *
   * @throws {RangeError} There were not so many items
   */
  taskDone(): void {
    if (this.#state.unfinished === 0) {
      throw new RangeError("taskDone() was called more often than items were put");
    }
    if (--this.#state.unfinished === 0) this.#state.allDone.set();
  }

  /**
   * Waits until the work for all items is done.
   *
   * @throws {Deno.errors.TimedOut} It was not within the time-out
   */
  async join(options: WaitOptions = {}): Promise<void> {
    await this.#state.allDone.wait(untilEnd(options, this.#end));
  }
}
