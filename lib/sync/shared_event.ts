import { timedOut } from "../errors.ts";
import { checkWait, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { checkOpen, describeObject } from "./describe_object.ts";
import { EventCount } from "./event_count.ts";
import { linuxOnly } from "./linux_only.ts";
import { CELL } from "./robust_list.ts";
import {
  createObject,
  HEADER_SIZE,
  type Layout,
  SharedObject,
  type SharedObjectOptions,
} from "./shared_object.ts";

/** In i32 from HEADER_SIZE on. */
const FLAG = 0;
const TIMES = 1;
const SLEEPERS = 2;

/**
 * A flag that is set or not, and that any number of threads of any process wait for.
 *
 * Who waits when it is set goes on, even if it is cleared at once. (With Python's `multiprocessing.Event`, that one
 * may find it cleared, and returns False.) Setting it makes a system call only when somebody waits. Nobody can die in
 * it with consequences: a thread that is killed in the middle of `set()` may leave the others asleep for 250 ms more.
 *
 * As Python's `multiprocessing.Event`. Needs `--allow-ffi`. Linux.
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | the header (see shared_object.ts) |
 * | 64 | i32 | 1 when it is set |
 * | 68 | i32 | how often it was set |
 * | 72 | 2 i32 | who waits (see event_count.ts) |
 *
 * @example
 * ```ts
 * import { SharedEvent } from "@ipc/ipc";
 *
 * using ready = SharedEvent.create();
 * using theirs = SharedEvent.from(ready.share()); // In another thread or process.
 * setTimeout(() => theirs.set(), 10);
 * await ready.wait({ timeout: 5000 });
 * console.log(ready.isSet); // true
 * ```
 */
export class SharedEvent extends SharedObject {
  /** @internal */
  static readonly layout: Layout = { kind: "SharedEvent", version: 1, leastSize: HEADER_SIZE + CELL };

  readonly #words: Int32Array<ArrayBuffer>;
  readonly #sleepers: EventCount;
  readonly #called: string;

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory);
    linuxOnly("SharedEvent");
    this.#called = describeObject("SharedEvent", memory.name);
    this.#words = new Int32Array(memory.buffer, HEADER_SIZE, CELL / 4);
    const address = memory.address + BigInt(HEADER_SIZE + 4 * SLEEPERS);
    this.#sleepers = new EventCount(this.#words, SLEEPERS, address, this.doorbell);
  }

  /**
   * Makes one that is not set.
   *
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create(options: SharedObjectOptions = {}): SharedEvent {
    return new SharedEvent(createObject(SharedEvent.layout, SharedEvent.layout.leastSize, options));
  }

  /** Whether it is set. */
  get isSet(): boolean {
    checkOpen(this, this.#called);
    return Atomics.load(this.#words, FLAG) !== 0;
  }

  /** Sets it, and lets all go on that wait for it. */
  set(): void {
    checkOpen(this, this.#called);
    Atomics.add(this.#words, TIMES, 1);
    Atomics.store(this.#words, FLAG, 1);
    this.#sleepers.notify();
  }

  /** Makes it not set. */
  clear(): void {
    checkOpen(this, this.#called);
    Atomics.store(this.#words, FLAG, 0);
  }

  /**
   * Waits until it is set.
   *
   * @throws {Deno.errors.TimedOut} It was not set within `timeout`
   * @throws {Deno.errors.BadResource} It is closed, or was closed meanwhile
   */
  async wait(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    const look = this.#look();
    if (look() === undefined) await this.#sleepers.wait(look, options, (timeout) => this.#late(timeout));
  }

  /** Blocks this thread until it is set. See {@linkcode SharedEvent.wait}. */
  waitSync(options: SyncWaitOptions = {}): void {
    const timeout = timeoutOf(options);
    const look = this.#look();
    if (look() === undefined) this.#sleepers.waitSync(look, timeout, (timeout) => this.#late(timeout));
  }

  #look(): () => true | undefined {
    checkOpen(this, this.#called);
    const times = Atomics.load(this.#words, TIMES);
    return () => {
      checkOpen(this, this.#called);
      const done = Atomics.load(this.#words, FLAG) !== 0 || Atomics.load(this.#words, TIMES) !== times;
      return done ? true : undefined;
    };
  }

  #late(timeout: number): Error {
    return timedOut(`Cannot wait for ${this.#called}`, "it was not set", timeout);
  }
}
