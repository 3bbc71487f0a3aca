import { busy, notOurs, timedOut } from "../errors.ts";
import { type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import { Spin } from "../primitives/spin.ts";
import { Turns } from "../primitives/turns.ts";
import type { EventCount } from "../sync/event_count.ts";
import type { Presence } from "../sync/presence.ts";
import type { Ring } from "./ring.ts";

/** How long a `…Sync` call of a channel may block this thread, and how. */
export interface ChannelSyncOptions extends SyncWaitOptions {
  /**
   * For so many microseconds it looks again and again before it sleeps. To be woken up takes 20 to 80 us; a core is
   * busy meanwhile. Default: the channel's.
   */
  spin?: number | undefined;
}

/** What an end is made with. */
export interface EndOptions {
  readonly ring: Ring;
  /** Who has this end, and who has the other one. */
  readonly mine: Presence;
  readonly other: Presence;
  /** For messages: "channel 'a'". */
  readonly name: string;
  /** The largest message. */
  readonly maxMessageSize: number;
}

/** What an end does with the ring. */
interface Side {
  readonly over: boolean;
  spin(microseconds: number): boolean;
  leave(): void;
}

/** So many microseconds are spent looking at the ring alone before a look at everything else. */
const SPIN_AT_A_TIME = 10_000;

/** One end of a ring: it is taken at its first use, waits for the other end, and is left once. */
export abstract class ChannelEnd<S extends Side> {
  readonly ring: Ring;
  /** Microseconds before a `…Sync` call sleeps; undefined: as it has paid so far. */
  spin: number | undefined;
  protected readonly maxMessageSize: number;
  /** Set while this thread has this end. */
  protected side: S | undefined;
  readonly #name: string;
  readonly #mine: Presence;
  readonly #other: Presence;
  readonly #sleep: EventCount;
  readonly #turns = new Turns();
  readonly #learned = new Spin();
  #closed = false;

  constructor(options: EndOptions, sleep: EventCount) {
    this.ring = options.ring;
    this.maxMessageSize = options.maxMessageSize;
    this.#name = options.name;
    this.#mine = options.mine;
    this.#other = options.other;
    this.#sleep = sleep;
  }

  /** What has this end, for messages. */
  protected abstract readonly role: "producer" | "consumer";

  /** What is missing when a wait is over. */
  protected abstract readonly missing: string;

  /** Begins to use the ring. */
  protected abstract begin(): S;

  /** Whether the other end has said farewell. */
  protected abstract get left(): boolean;

  /** What a wait comes to when the other end is gone: this, or its error. */
  protected abstract atEnd<T>(attempt: () => T | undefined, died: boolean, action: string): T;

  /** Takes this end for this thread. */
  take(action: string): S {
    if (this.#closed) throw notOurs(this.cannot(action), "it is closed");
    if (this.side !== undefined) return this.side;
    if (!this.#mine.claim()) {
      const why = this.#mine.dead
        ? `its ${this.role} has died, and with it the channel`
        : `it has a ${this.role} already: a channel has one of each, and each uses one handle`;
      throw busy(this.cannot(action), why);
    }
    try {
      const side = this.begin();
      if (side.over) {
        throw notOurs(this.cannot(action), `its ${this.role} has closed it, and with it the channel`);
      }
      return this.side = side;
    } catch (error) {
      this.#mine.release();
      throw error;
    }
  }

  /** Leaves this end, for the other one to see. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { side } = this;
    this.side = undefined;
    if (side === undefined) return;
    side.leave();
    this.#mine.release();
  }

  /** Whether the thread that had the other end has ended. */
  protected get otherDied(): boolean {
    return this.#other.dead;
  }

  /** Whether calls wait already, which come before any other. */
  protected get waitedFor(): boolean {
    return this.#turns.taken;
  }

  protected cannot(action: string): string {
    return `Cannot ${action} ${this.#name}`;
  }

  /** Makes an attempt, over and over, until it succeeds or there is no hope that it will. */
  protected waitSync<T>(attempt: () => T | undefined, options: ChannelSyncOptions, action: string): T {
    if (this.#turns.taken) throw busy(this.cannot(action), "an asynchronous call waits already");
    const timeout = timeoutOf(options);
    const start = timeout === Infinity ? 0 : performance.now();
    const spin = spinOf(options) ?? this.spin;
    const found = spin === undefined
      ? timeout > 0 ? this.#learned.until(attempt) : undefined
      : this.#spinFor(Math.min(spin, timeout * 1000), attempt, action);
    if (found !== undefined) return found;
    const left = timeout === Infinity ? Infinity : Math.max(0, timeout - (performance.now() - start));
    const late = () => timedOut(this.cannot(action), this.missing, timeout);
    return this.#sleep.waitSync(() => this.#look(attempt, action), left, late);
  }

  /** The same on the event loop. */
  protected async wait<T>(attempt: () => T | undefined, options: WaitOptions, action: string): Promise<T> {
    const timeout = timeoutOf(options);
    const start = timeout === Infinity ? 0 : performance.now();
    const late = () => timedOut(this.cannot(action), this.missing, timeout);
    await this.#turns.take(options, late);
    try {
      this.take(action);
      const left = timeout === Infinity ? Infinity : Math.max(0, timeout - (performance.now() - start));
      const rest = { signal: options.signal, timeout: left };
      const found = left > 0 && !options.signal?.aborted ? this.#learned.until(attempt) : undefined;
      if (found !== undefined) return found;
      return await this.#sleep.wait(() => this.#look(attempt, action), rest, late);
    } finally {
      this.#turns.pass();
    }
  }

  #spinFor<T>(microseconds: number, attempt: () => T | undefined, action: string): T | undefined {
    const { side } = this;
    if (side === undefined || !(microseconds > 0)) return undefined;
    // Mostly the other end answers at once: the clock is not needed.
    if (side.spin(Math.min(microseconds, SPIN_AT_A_TIME))) {
      const found = attempt();
      if (found !== undefined) return found;
    }
    const end = performance.now() + microseconds / 1000;
    for (let left = microseconds; left > 0; left = (end - performance.now()) * 1000) {
      const moved = side.spin(Math.min(left, SPIN_AT_A_TIME));
      const found = moved ? attempt() : this.#look(attempt, action);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #look<T>(attempt: () => T | undefined, action: string): T | undefined {
    if (this.#closed) throw notOurs(this.cannot(action), "it is closed");
    const found = attempt();
    if (found !== undefined) return found;
    if (this.left) return this.atEnd(attempt, false, action);
    if (this.otherDied) return this.atEnd(attempt, true, action);
    return undefined;
  }
}

/** Checks the option spin. */
export function spinOf({ spin }: { spin?: number | undefined }): number | undefined {
  if (spin === undefined) return undefined;
  if (typeof spin !== "number") {
    throw new TypeError(`The option spin takes microseconds, and got ${typeof spin}`);
  }
  if (!(spin >= 0)) throw new RangeError(`The option spin takes 0 or more microseconds, and got ${spin}`);
  return spin;
}
