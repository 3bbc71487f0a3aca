import { busy, notOurs, timedOut } from "../errors.ts";
import { checkWait, countOf, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import { turn } from "../primitives/event_loop.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import type { SharedToken } from "../primitives/shared_memory_token.ts";
import { Spin } from "../primitives/spin.ts";
import { Turns } from "../primitives/turns.ts";
import type { EventCount } from "../sync/event_count.ts";
import {
  createObject,
  HEADER_SIZE,
  invalidObject,
  type Layout,
  SharedObject,
  type SharedObjectClass,
  type SharedObjectOptions,
} from "../sync/shared_object.ts";
import { type Codec, COPIED } from "./codec.ts";
import { type Carried, type CodecName, codecOf } from "./codecs.ts";
import { tasksLost } from "./message_error.ts";
import { CAPACITY, CODEC, DATA, MAX_SIZE } from "./queue_layout.ts";
import { QueueRing } from "./queue_ring.ts";
import { LEAST_CAPACITY, MOST_CAPACITY, RECORD } from "./ring_layout.ts";

/** Options of {@linkcode Queue.create}. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface QueueOptions<C extends CodecName | Codec<any> = CodecName> extends SharedObjectOptions {
  /** How many values it holds at most. Default: as many as there is room for. */
  maxSize?: number | undefined;
  /**
   * How many bytes it holds, with 8 more for each value: 4 KiB to 1 GiB, rounded up to a power of two. A value cannot
   * be larger. Default: 1 MiB.
   */
  capacity?: number | undefined;
  /** How values become bytes. Default: `"structured"`, as `structuredClone`. See {@linkcode Queue.codec}. */
  codec?: C | undefined;
}

const DEFAULT_CAPACITY = 1024 * 1024;
const MOST_SIZE = 2 ** 31 - 1;

/** By their numbers in the header, from 1 on; 0 is one that the programs know. */
const CODECS: CodecName[] = ["structured", "json", "text", "bytes"];

/** What a value that was looked for is, as undefined can be a value. */
interface Got<T> {
  value: T;
}

/**
 * Values from any number of producers to any number of consumers, each to one of them, through memory that all have
 * mapped: other processes, workers, or all in this thread. As Python's `multiprocessing.JoinableQueue`.
 *
 * - What one handle puts is taken in the order in which it was put.
 * - It holds what there is room for: `put` waits while it is full. Nobody is told that nothing comes any more: put a
 *   value that says so.
 * - A producer that is killed inside `put` has put its value or has not; a consumer that is killed has taken its value
 *   with it, or has not. All others go on at once.
 * - `taskDone` is called by the handle that took the value. Tasks of a consumer that ended before make `join` an error.
 * - Values with a limit on trust: who may open it may put anything, and break it (`Deno.errors.InvalidData`).
 *
 * Needs `--allow-ffi`. Linux only.
 *
 * @example
 * ```ts
 * import { Queue } from "@ipc/ipc";
 *
 * using queue = Queue.create({ maxSize: 100 });
 * // In another thread, or process: Queue.from(token), after postMessage(queue.share());
 * // in a child: Queue.inherited(3), after spawn(…, { fds: { 3: queue } }).
 * using theirs = Queue.from(queue.share());
 *
 * await queue.put({ task: "square", of: 12 });
 * queue.putSync({ task: "square", of: 13 });
 * for (let i = 0; i < 2; i++) {
 *   const { task, of } = await theirs.get();
 *   console.log(task, of, of * of);
 *   theirs.taskDone();
 * }
 * await queue.join();
 * ```
 */
// deno-lint-ignore no-explicit-any -- As the values of a Connection.
export class Queue<T = any> extends SharedObject {
  /** @internal */
  static readonly layout: Layout = { kind: "Queue", version: 1, leastSize: DATA + LEAST_CAPACITY };
  /** How many bytes it holds, with 8 for each value. */
  readonly capacity: number;
  /** How many values it holds at most; Infinity when only its capacity limits it. */
  readonly maxSize: number;
  readonly #ring: QueueRing;
  #codec: Codec<T> | undefined;
  /** Whether bytes are put and taken as they are. */
  #plain = false;
  readonly #putting = new Turns();
  readonly #getting = new Turns();
  readonly #putSpin = new Spin();
  readonly #getSpin = new Spin();
  readonly #attemptGet = () => this.#tryGet();

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory);
    const { buffer, size, name } = memory;
    const header = new DataView(buffer, 0, HEADER_SIZE);
    const capacity = header.getUint32(CAPACITY, true);
    const maxSize = header.getUint32(MAX_SIZE, true);
    const codec = header.getUint32(CODEC, true);
    const fits = capacity >= LEAST_CAPACITY && capacity <= MOST_CAPACITY && (capacity & (capacity - 1)) === 0
      && DATA + capacity === size;
    if (!fits) throw invalidObject("Queue", name, `its capacity is ${capacity}, and it has ${size} bytes`);
    if (maxSize > MOST_SIZE) throw invalidObject("Queue", name, `its maxSize is ${maxSize}`);
    if (codec > CODECS.length) throw invalidObject("Queue", name, `its codec is number ${codec}`);
    if (memory.readOnly) throw invalidObject("Queue", name, "it is open for reading only");
    this.capacity = capacity;
    this.maxSize = maxSize === 0 ? Infinity : maxSize;
    this.#ring = new QueueRing(memory, this.doorbell, capacity, maxSize);
    if (codec > 0) this.codec = codecOf(CODECS[codec - 1]!) as Codec<T>;
  }

  /**
   * Makes a queue.
   *
   * @throws {RangeError} A capacity or a maxSize that is not possible
   * @throws {TypeError} A name that is empty or has a slash, or no codec
   * @throws {Deno.errors.AlreadyExists} The name is taken
   * @throws {Error} With `code` "ENOSPC": /dev/shm has no room for it
   */
  // deno-lint-ignore no-explicit-any -- Any codec will do.
  static create<const C extends CodecName | Codec<any> = "structured">(
    options: QueueOptions<C> = {},
  ): Queue<Carried<C>> {
    const asked = countOf("capacity", options.capacity ?? DEFAULT_CAPACITY, 1);
    if (asked > MOST_CAPACITY) {
      throw new RangeError(`The option capacity takes at most 1 GiB, and got ${asked}`);
    }
    const capacity = Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(asked)));
    const maxSize = options.maxSize === undefined ? 0 : countOf("maxSize", options.maxSize, 1);
    if (maxSize > MOST_SIZE) {
      throw new RangeError(`The option maxSize takes at most ${MOST_SIZE}, and got ${maxSize}`);
    }
    const codec = codecOf(options.codec);
    const number = CODECS.indexOf((options.codec ?? "structured") as CodecName) + 1;
    const memory = createObject(Queue.layout, DATA + capacity, options, (buffer) => {
      const header = new DataView(buffer, 0, HEADER_SIZE);
      header.setUint32(CAPACITY, capacity, true);
      header.setUint32(MAX_SIZE, maxSize, true);
      header.setUint32(CODEC, number, true);
    });
    const queue = new Queue<Carried<C>>(memory);
    queue.codec = codec;
    return queue;
  }

  /** As {@linkcode SharedObject.open}. Name the type of the values: `Queue.open<Task>(name)`. */
  // deno-lint-ignore no-explicit-any -- As the values of a Connection.
  static override open<T = any>(name: string): Queue<T>;
  /** @internal */
  static override open<T extends SharedObject>(this: SharedObjectClass<T>, name: string): T;
  static override open(name: string): Queue {
    return super.open.call(Queue as SharedObjectClass<Queue>, name) as Queue;
  }

  /** As {@linkcode SharedObject.inherited}. */
  // deno-lint-ignore no-explicit-any -- As the values of a Connection.
  static override inherited<T = any>(fd: number): Queue<T>;
  /** @internal */
  static override inherited<T extends SharedObject>(this: SharedObjectClass<T>, fd: number): T;
  static override inherited(fd: number): Queue {
    return super.inherited.call(Queue as SharedObjectClass<Queue>, fd) as Queue;
  }

  /** As {@linkcode SharedObject.from}. */
  // deno-lint-ignore no-explicit-any -- As the values of a Connection.
  static override from<T = any>(source: SharedToken | ReceivedDescriptor): Queue<T>;
  /** @internal */
  static override from<T extends SharedObject>(
    this: SharedObjectClass<T>,
    source: SharedToken | ReceivedDescriptor,
  ): T;
  static override from(source: SharedToken | ReceivedDescriptor): Queue {
    return super.from.call(Queue as SharedObjectClass<Queue>, source) as Queue;
  }

  /**
   * How values become bytes. The library's codecs are known to all who open the queue; one of your own is to be set by
   * each of them, before it is used.
   */
  get codec(): Codec<T> | undefined {
    return this.#codec;
  }

  set codec(codec: Codec<T>) {
    this.#codec = codecOf(codec) as Codec<T>;
    this.#plain = this.#codec === codecOf("bytes") as unknown;
  }

  /** How many values are in it, at this moment. */
  get size(): number {
    this.#check("ask");
    return this.#ring.size;
  }

  /**
   * Puts a value, and waits while the queue is full. Several calls of one handle that wait are served in their order.
   *
   * @throws {TypeError} The codec cannot carry the value
   * @throws {RangeError} The value has more bytes than the queue holds
   * @throws {Deno.errors.TimedOut} There was no room within the time-out: nothing was put
   */
  put(value: T, options?: WaitOptions): Promise<void> {
    try {
      if (options !== undefined) checkWait(options);
      const bytes = this.#encoded(value);
      if (!this.#putting.taken && this.#ring.tryPut(bytes)) return turn() ?? DONE;
      // What a codec returns is good until its next call.
      return this.#putLater(bytes.length <= COPIED && !this.#plain ? bytes.slice() : bytes, options ?? {});
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@linkcode Queue.put}, blocking this thread. */
  putSync(value: T, options: SyncWaitOptions = {}): void {
    const bytes = this.#encoded(value);
    if (!this.#putting.taken && this.#ring.tryPut(bytes)) return;
    this.#sync(
      () => this.#ring.tryPut(bytes) || undefined,
      "put into",
      this.#putting,
      this.#putSpin,
      options,
    );
  }

  /** As {@linkcode Queue.put}: puts a value if there is room for it now, and returns whether there was. */
  tryPut(value: T): boolean {
    const bytes = this.#encoded(value);
    return !this.#putting.taken && this.#ring.tryPut(bytes);
  }

  /**
   * Takes a value, and waits for one. Several calls of one handle that wait are served in their order.
   *
   * @throws {Deno.errors.TimedOut} None came within the time-out
   * @throws {Deno.errors.InvalidData} The codec cannot make a value of it: it is taken all the same; or another process
   * has broken the queue
   */
  get(options?: WaitOptions): Promise<T> {
    try {
      if (options !== undefined) checkWait(options);
      this.#check("get from");
      const got = this.#getting.taken ? undefined : this.#tryGet();
      if (got === undefined) return this.#getLater(options ?? {});
      return turn()?.then(() => got.value) ?? Promise.resolve(got.value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@linkcode Queue.get}, blocking this thread. */
  getSync(options: SyncWaitOptions = {}): T {
    this.#check("get from");
    const got = (this.#getting.taken ? undefined : this.#tryGet())
      ?? this.#sync(this.#attemptGet, "get from", this.#getting, this.#getSpin, options);
    return got.value;
  }

  /**
   * As {@linkcode Queue.get}; undefined when there is none now. (Where undefined is put, ask for the size before.)
   */
  tryGet(): T | undefined {
    this.#check("get from");
    return this.#getting.taken ? undefined : this.#tryGet()?.value;
  }

  /**
   * Tells that what was to be done with a value is done; once for each value, by the handle that took it.
   *
   * @throws {RangeError} It was called as often as values were taken already
   */
  taskDone(): void {
    this.#check("end a task of");
    if (!this.#ring.taskDone()) {
      throw new RangeError(
        `Cannot end a task of ${this.#called}: this handle has taken no value whose task is not done`,
      );
    }
  }

  /**
   * Waits until all values were taken, and all their tasks done.
   *
   * @throws {Deno.errors.ConnectionReset} Consumers ended, or closed the queue, with tasks that were not done. It is told
   * once: the next `join` waits for the others.
   */
  async join(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    this.#check("join");
    const late = (timeout: number) =>
      timedOut(`Cannot join ${this.#called}`, "its tasks were not done", timeout);
    await this.#ring.done.wait(() => this.#joined(), options, late);
  }

  /** As {@linkcode Queue.join}, blocking this thread. */
  joinSync(options: SyncWaitOptions = {}): void {
    this.#check("join");
    const late = (timeout: number) =>
      timedOut(`Cannot join ${this.#called}`, "its tasks were not done", timeout);
    this.#ring.done.waitSync(() => this.#joined(), timeoutOf(options), late);
  }

  /** Gives this handle up. What was put stays. Once or often. */
  override close(): void {
    if (this.closed) return;
    this.#ring.close();
    super.close();
  }

  get #called(): string {
    return this.name === undefined ? "the queue" : `queue '${this.name}'`;
  }

  #check(action: string): void {
    if (this.closed) throw notOurs(`Cannot ${action} ${this.#called}`, "it is closed");
  }

  #encoded(value: T): Uint8Array {
    this.#check("put into");
    const codec = this.#codec ?? this.#noCodec("put into");
    const bytes = codec.encode(value);
    const most = this.capacity - RECORD;
    if (bytes.length > most) {
      throw new RangeError(
        `Cannot put into ${this.#called}: the value has ${bytes.length} bytes, and it takes ${most}; `
          + "create it with more capacity",
      );
    }
    return bytes;
  }

  #tryGet(): Got<T> | undefined {
    const codec = this.#codec ?? this.#noCodec("get from");
    const bytes = this.#ring.tryGet();
    if (bytes === undefined) return undefined;
    return { value: this.#plain ? bytes as T : codec.decode(bytes, false) };
  }

  #noCodec(action: string): never {
    throw new TypeError(`Cannot ${action} ${this.#called}: set its codec first, as its creator did`);
  }

  #joined(): true | undefined {
    this.#check("join");
    const lost = this.#ring.takeLost();
    if (lost > 0) throw tasksLost(`Cannot join ${this.#called}`, lost);
    return this.#ring.unfinished === 0 || undefined;
  }

  async #putLater(bytes: Uint8Array, options: WaitOptions): Promise<void> {
    const attempt = () => this.#ring.tryPut(bytes) || undefined;
    await this.#async(attempt, "put into", this.#putting, this.#ring.space, options);
  }

  async #getLater(options: WaitOptions): Promise<T> {
    return (await this.#async(this.#attemptGet, "get from", this.#getting, this.#ring.items, options)).value;
  }

  #late(action: string, timeout: number): Error {
    return timedOut(
      `Cannot ${action} ${this.#called}`,
      action === "put into" ? "there was no room" : "none came",
      timeout,
    );
  }

  #sync<R>(
    attempt: () => R | undefined,
    action: string,
    turns: Turns,
    spin: Spin,
    options: SyncWaitOptions,
  ): R {
    if (turns.taken) throw busy(`Cannot ${action} ${this.#called}`, "an asynchronous call waits already");
    const timeout = timeoutOf(options);
    const events = turns === this.#putting ? this.#ring.space : this.#ring.items;
    return (timeout > 0 ? spin.until(attempt) : undefined)
      ?? events.waitSync(attempt, timeout, () => this.#late(action, timeout));
  }

  async #async<R>(
    attempt: () => R | undefined,
    action: string,
    turns: Turns,
    events: EventCount,
    options: WaitOptions,
  ): Promise<R> {
    const timeout = timeoutOf(options);
    const start = timeout === Infinity ? 0 : performance.now();
    const late = () => this.#late(action, timeout);
    await turns.take(options, late);
    try {
      this.#check(action);
      const left = timeout === Infinity ? Infinity : Math.max(0, timeout - (performance.now() - start));
      const look = () => {
        this.#check(action);
        return attempt();
      };
      const spin = turns === this.#putting ? this.#putSpin : this.#getSpin;
      const found = left > 0 && !options.signal?.aborted ? spin.until(look) : undefined;
      return found ?? await events.wait(look, { signal: options.signal, timeout: left }, late);
    } finally {
      turns.pass();
    }
  }
}

const DONE: Promise<void> = Promise.resolve();
