import type { PoolHost } from "./pool_host.ts";
import type { Chunk, PoolJob } from "./pool_job.ts";
import { DONE, END, FAILED, type PoolAnswer, type PoolOrder, READY, TASK } from "./pool_wire.ts";
import { failureOf } from "./remote_error.ts";
import type { WorkerEnd } from "./worker_ended_error.ts";

/** So many parts are sent to a worker before their results are there, … */
const MOST_SENT = 64;

/** … as long as they have fewer bytes than this. */
const MOST_BYTES = 256 * 1024;

/** A timer has 31 bits. A longer limit is none. */
const LONGEST_TIMER = 0x7fffffff;

/** A part that was sent, and how many bytes it had. */
interface Sent {
  chunk: Chunk;
  length: number;
}

/** Whom a worker tells. */
export interface PoolWorkerEvents {
  /** A part is done or has failed, or the worker is ready: it may have room. */
  free(): void;
  /** A part has taken longer than it may. */
  late(worker: PoolWorker, chunk: Chunk): void;
  /** It has ended: the part that it had begun, and those that it had not. */
  ended(worker: PoolWorker, end: WorkerEnd, begun: Chunk[], rest: Chunk[]): void;
}

/**
 * A worker of a pool, seen from the pool. Parts are sent to it before it is done with others, so that it never waits, and
 * can be taken back until it begins with them.
 */
export class PoolWorker {
  readonly name: string;
  /** What was sent and has no result yet, by its number. */
  readonly #sent = new Map<number, Sent>();
  readonly #host: PoolHost;
  readonly #events: PoolWorkerEvents;
  readonly #stop = new AbortController();
  /** The bytes of all that. */
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  /** How many more parts it may take. */
  #left: number;
  #ready = false;
  #alone = false;
  #retired = false;
  #killed = false;
  #receiving: Promise<void> | undefined;
  #failure: { reason: unknown } | undefined;

  constructor(name: string, host: PoolHost, most: number, events: PoolWorkerEvents) {
    this.name = name;
    this.#host = host;
    this.#left = most;
    this.#events = events;
    if (host.claimed !== undefined) Atomics.store(host.claimed, 0, 1);
    void this.#attend();
  }

  /** How many parts it has. */
  get load(): number {
    return this.#sent.size;
  }

  /** Whether its module is loaded, and its initializer has run. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Whether another part can be sent to it. */
  get hasRoom(): boolean {
    if (this.#retired || this.#left === 0) return false;
    const { size } = this.#sent;
    if (size === 0) return true;
    return !this.#alone && this.#host.claimed !== undefined && size < MOST_SENT && this.#bytes < MOST_BYTES;
  }

  /** How many parts could be taken back, now that others have nothing to do. */
  get spare(): number {
    return this.#alone || this.#host.claimed === undefined ? 0 : this.#sent.size - (this.#ready ? 1 : 0);
  }

  /**
   * Sends it a part.
   *
   * @returns False: the part wants a worker alone, and is not sent.
   * @throws What in the part cannot be sent
   */
  send(chunk: Chunk): boolean {
    const { size } = this.#sent;
    if (chunk.alone && size > 0) return false;
    const number = this.#last + 1;
    const { entry, how } = chunk.job.call;
    const order: PoolOrder = [TASK, number, entry, how, chunk.values];
    const packed = this.#host.link.pack(order);
    if (packed.copies.length > 0) {
      chunk.alone = true;
      if (size > 0) {
        packed.stay();
        return false;
      }
      chunk.moved = true;
    }
    this.#last = number;
    this.#left--;
    this.#sent.set(number, { chunk, length: packed.bytes.length });
    this.#bytes += packed.bytes.length;
    this.#alone = chunk.alone;
    chunk.job.sent++;
    this.#watch();
    try {
      this.#host.link.send(packed)?.catch(() => {});
    } catch {
      // That it cannot be sent, now or later, means that the worker has ended, which is told otherwise.
    }
    this.#receiving ??= this.#receive();
    return true;
  }

  /** Takes back what it has not begun. */
  takeBack(): Chunk[] {
    const { claimed } = this.#host;
    if (claimed === undefined || this.#sent.size === 0) return [];
    const end = (this.#last + 1) | 0;
    for (let next = Atomics.load(claimed, 0);;) {
      const found = Atomics.compareExchange(claimed, 0, next, end);
      if (found === next) return this.#from(next);
      next = found;
    }
  }

  /** Whether it has parts of a call. */
  has(job: PoolJob): boolean {
    for (const { chunk } of this.#sent.values()) if (chunk.job === job) return true;
    return false;
  }

  /** Whether the pool has ended it. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Ends it when it has done what it has. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#endIfIdle();
  }

  /** Ends it at once. */
  kill(): void {
    this.#retired = this.#killed = true;
    this.#host.kill();
  }

  /** Looks that the part it does takes no longer than it may, once it can have begun. */
  #watch(): void {
    if (!this.#ready || !this.#alone) return;
    const [first] = this.#sent.values();
    if (first === undefined || !(first.chunk.job.call.taskTimeout <= LONGEST_TIMER)) return;
    const { chunk } = first;
    this.#timer ??= setTimeout(() => this.#events.late(this, chunk), chunk.job.call.taskTimeout);
  }

  /** Removes and returns the parts from this number on. */
  #from(number: number): Chunk[] {
    const chunks: Chunk[] = [];
    for (const [sent, { chunk }] of this.#sent) {
      if (((sent - number) | 0) < 0) continue;
      this.#forget(sent);
      this.#left++;
      chunks.push(chunk);
    }
    return chunks;
  }

  #forget(number: number): Chunk | undefined {
    const sent = this.#sent.get(number);
    if (sent === undefined) return undefined;
    const { chunk, length } = sent;
    this.#sent.delete(number);
    this.#bytes -= length;
    if (this.#sent.size === 0) this.#alone = false;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    chunk.job.sent--;
    return chunk;
  }

  #endIfIdle(): void {
    if (!this.#retired || this.#sent.size > 0) return;
    const { link } = this.#host;
    try {
      link.send(link.pack([END]))?.catch(() => {});
    } catch {
      // It has ended.
    }
  }

  /** Receives as long as it has something to do. */
  async #receive(
    options: { signal?: AbortSignal; timeout?: number } = { signal: this.#stop.signal },
  ): Promise<void> {
    try {
      while (this.#sent.size > 0) this.#take(await this.#host.link.receive(options));
    } catch (error) {
      // It has ended, or this was stopped for that. Otherwise it has sent what cannot be.
      if (error instanceof TypeError || error instanceof Deno.errors.InvalidData) {
        this.#failure ??= { reason: error };
        this.#host.kill();
      }
      return;
    }
    this.#receiving = undefined;
  }

  #take(message: unknown): void {
    if (!Array.isArray(message)) return this.#takeLast(message);
    const [kind, number, result] = message as PoolAnswer;
    if (kind === READY) {
      this.#ready = true;
      this.#watch();
    }
    const chunk = kind === READY ? undefined : this.#forget(number);
    if (chunk !== undefined && !chunk.settled) {
      if (kind === DONE) chunk.job.done(chunk, result);
      if (kind === FAILED) chunk.job.failed(chunk, failureOf(result, this.name));
    }
    if (this.#left === 0 && this.#sent.size === 0) this.retire();
    else this.#endIfIdle();
    // With so much to do it need not have more at once.
    if (this.#sent.size <= MOST_SENT / 2) this.#events.free();
  }

  /** What it says at its end, where that comes the same way. */
  #takeLast(message: unknown): void {
    const { failure } = (message ?? {}) as { failure?: Parameters<typeof failureOf>[0] };
    if (failure !== undefined) this.#failure ??= { reason: failureOf(failure, this.name) };
  }

  async #attend(): Promise<void> {
    await this.#host.ended;
    this.#retired = true;
    this.#stop.abort();
    await this.#receiving;
    await this.#receive({ timeout: 0 });
    const end = await this.#host.end();
    const { claimed } = this.#host;
    // Where it cannot be known it had begun, once it was ready.
    const next = claimed !== undefined ? Atomics.load(claimed, 0) : this.#ready ? this.#last + 1 : 1;
    const rest = this.#from(next);
    const begun = this.#from(0);
    this.#host.close();
    this.#events.ended(
      this,
      this.#failure === undefined ? end : { ...end, failure: this.#failure },
      begun,
      rest,
    );
  }
}
