import { notOurs, timedOut } from "../errors.ts";
import { checkWait, countOf, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { BrokenBarrierError } from "./broken_barrier_error.ts";
import { checkOpen, describeObject } from "./describe_object.ts";
import { CELL } from "./robust_list.ts";
import { type Seat, Seats } from "./seats.ts";
import {
  createObject,
  HEADER_SIZE,
  invalidObject,
  type Layout,
  PARAMETERS,
  SharedObject,
  type SharedObjectOptions,
} from "./shared_object.ts";

/** Options of {@linkcode Barrier.create}. */
export interface BarrierOptions extends SharedObjectOptions {
  /** How many have to come: 1 or more. */
  parties: number;
}

const MOST_PARTIES = 10_000;

const PARTIES = PARAMETERS;
const SEATS = PARAMETERS + 4;
const FIRST_SEAT = HEADER_SIZE + CELL;

/** The word of the seats counts the times that all went on or the barrier broke, by two; the lowest bit is: broken. */
const BROKEN = 1;
const NEXT = 2;

/** What those are told whom nobody lets go on. */
const NOT_TOGETHER = -1;

/**
 * A place where a number of threads of any processes wait for each other: when the last one comes all go on, and it
 * can be used again.
 *
 * - A time-out or an abort breaks it, as in Python: all that wait, and all that come later, get a
 *   {@linkcode BrokenBarrierError} until somebody calls `reset()`. The one whose time is over gets TimedOut.
 * - Who is killed while it waits, or closes its handle, is not counted any more: another one may come in its place. The
 *   others wait for that; give a time-out where none will come.
 *
 * As Python's `multiprocessing.Barrier`. Needs `--allow-ffi`. Linux.
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | | the header (see shared_object.ts) |
 * | 24 | u32 | how many have to come |
 * | 28 | u32 | how many seats there are |
 * | 64 | | the control cell of the seats (see seats.ts); its word: two more each time that all go on, or it breaks; bit 0: broken |
 * | 128 | | the seats; who waits is told its index, or -1 for broken, and may believe it as soon as the word has changed |
 *
 * @example
 * ```ts
 * import { Barrier } from "@ipc/ipc";
 *
 * using start = Barrier.create({ parties: 2 });
 * using theirs = Barrier.from(start.share()); // In another thread or process.
 * const [a, b] = await Promise.all([start.wait(), theirs.wait({ timeout: 5000 })]);
 * console.log(a, b); // 0 1: each a number of its own
 * ```
 */
export class Barrier extends SharedObject {
  /** @internal */
  static readonly layout: Layout = { kind: "Barrier", version: 1, leastSize: FIRST_SEAT + CELL };

  /** How many have to come. */
  readonly parties: number;
  readonly #seats: Seats;
  readonly #called: string;

  /** @internal */
  constructor(memory: SharedMemory) {
    super(memory);
    this.#called = describeObject("Barrier", memory.name);
    const header = new DataView(memory.buffer, 0, HEADER_SIZE);
    this.parties = header.getUint32(PARTIES, true);
    const seats = header.getUint32(SEATS, true);
    if (FIRST_SEAT + seats * CELL !== memory.size || this.parties < 1 || this.parties > seats) {
      throw invalidObject(
        "Barrier",
        memory.name,
        `${this.parties} parties and ${seats} seats in ${memory.size} bytes`,
      );
    }
    this.#seats = new Seats(memory, this.doorbell, HEADER_SIZE, FIRST_SEAT, seats, this.#called);
  }

  /**
   * Makes one.
   *
   * @throws {RangeError} Parties that are not a whole number from 1 to 10000
   * @throws {Deno.errors.AlreadyExists} The name is taken
   */
  static create(options: BarrierOptions): Barrier {
    const parties = countOf("parties", options.parties, 1);
    if (parties > MOST_PARTIES) {
      throw new RangeError(`The option parties takes ${MOST_PARTIES} at most, and got ${parties}`);
    }
    // Some of the last time may not have got up when all of the next have come.
    const seats = 4 * parties + 64;
    return new Barrier(createObject(Barrier.layout, FIRST_SEAT + seats * CELL, options, (buffer) => {
      const header = new DataView(buffer);
      header.setUint32(PARTIES, parties, true);
      header.setUint32(SEATS, seats, true);
    }));
  }

  /** How many wait now. */
  get waiting(): number {
    checkOpen(this, this.#called);
    return this.#seats.enter(() => this.#seats.waiting(this.#seats.word).length);
  }

  /** Whether it is broken. */
  get broken(): boolean {
    checkOpen(this, this.#called);
    return (this.#seats.word & BROKEN) !== 0;
  }

  /**
   * Waits until all have come.
   *
   * @returns A number from 0 on, another for each of them: one of them can be picked for what one has to do.
   * @throws {BrokenBarrierError} It is broken, or was broken or reset meanwhile
   * @throws {Deno.errors.TimedOut} They had not come within `timeout`; now it is broken
   * @throws {Deno.errors.BadResource} It is closed, or was closed meanwhile
   */
  async wait(options: WaitOptions = {}): Promise<number> {
    checkWait(options);
    const arrival = this.#arrive();
    try {
      return arrival.index
        ?? await this.#seats.wait(() => this.#look(arrival), options, (timeout) => this.#late(timeout));
    } catch (error) {
      return this.#giveUp(arrival, error);
    } finally {
      this.#leave(arrival);
    }
  }

  /** Blocks this thread until all have come. See {@linkcode Barrier.wait}. */
  waitSync(options: SyncWaitOptions = {}): number {
    const timeout = timeoutOf(options);
    const arrival = this.#arrive();
    try {
      return arrival.index
        ?? this.#seats.waitSync(() => this.#look(arrival), timeout, (timeout) => this.#late(timeout));
    } catch (error) {
      return this.#giveUp(arrival, error);
    } finally {
      this.#leave(arrival);
    }
  }

  /** Breaks it: who waits, and who comes, gets a {@linkcode BrokenBarrierError}, until `reset()`. */
  abort(): void {
    checkOpen(this, this.#called);
    this.#seats.enter(() => this.#end(BROKEN));
    this.#seats.notify();
  }

  /** Makes it as it was at first. Who waits gets a {@linkcode BrokenBarrierError}. */
  reset(): void {
    checkOpen(this, this.#called);
    this.#seats.enter(() => this.#end(0));
    this.#seats.notify();
  }

  /** Gives this handle up: who waits with it is not counted any more. Once or often. */
  override close(): void {
    if (!this.closed) this.#seats.close();
    super.close();
  }

  #arrive(): Arrival {
    checkOpen(this, this.#called);
    const seats = this.#seats;
    const arrival = seats.enter(() => {
      const { word } = seats;
      if ((word & BROKEN) !== 0) {
        throw new BrokenBarrierError(`Cannot wait for ${this.#called}: it is broken, see reset()`);
      }
      seats.sweep();
      const seat = seats.sit();
      const waiting = seats.waiting(word);
      if (waiting.length < this.parties) return { seat, word };
      waiting.forEach((each, index) => seats.tell(each, index));
      // From this step on all of them go on; before it none would.
      seats.word = word + NEXT;
      return { seat, word, index: seats.outcome(seat) };
    });
    if (arrival.index !== undefined) seats.notify();
    return arrival;
  }

  #look({ seat, word }: Arrival): number | undefined {
    checkOpen(this, this.#called);
    if (this.#seats.word === word) return undefined;
    const index = this.#seats.outcome(seat);
    if (index === NOT_TOGETHER) {
      throw new BrokenBarrierError(`Cannot wait for ${this.#called}: it was broken`);
    }
    return index;
  }

  /** After an abort or a time-out: all may have come just before. */
  #giveUp(arrival: Arrival, error: unknown): number {
    if (this.closed) throw notOurs(`Cannot wait for ${this.#called}`, "it was closed");
    const index = this.#seats.enter(() => {
      if (this.#seats.word === arrival.word) this.#end(BROKEN);
      return this.#seats.outcome(arrival.seat);
    });
    this.#seats.notify();
    if (index === NOT_TOGETHER) throw error;
    return index;
  }

  /** Ends the wait of all, without their having come together. */
  #end(broken: number): void {
    const { word } = this.#seats;
    for (const each of this.#seats.waiting(word)) this.#seats.tell(each, NOT_TOGETHER);
    this.#seats.word = ((word + NEXT) & ~BROKEN) | broken;
  }

  #leave({ seat }: Arrival): void {
    if (!this.closed) this.#seats.enter(() => this.#seats.leave(seat));
  }

  #late(timeout: number): Error {
    return timedOut(`Cannot wait for ${this.#called}`, `${this.parties} had not come`, timeout);
  }
}

interface Arrival {
  readonly seat: Seat;
  readonly word: number;
  /** When it was the last. */
  readonly index?: number;
}
