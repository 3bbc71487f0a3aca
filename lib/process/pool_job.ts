import type { How } from "./pool_wire.ts";

/** A part of a call to a pool that one worker does in one go. */
export interface Chunk {
  readonly job: PoolJob;
  /** Its place among the parts of its call. */
  readonly place: number;
  /** What the function is called with; see {@linkcode How}. */
  readonly values: readonly unknown[];
  /** How many workers have ended under it. */
  ended: number;
  /** Whether a worker is to have nothing else meanwhile: its time is limited, or something in it moves to the worker. */
  alone: boolean;
  /** Whether something in it has moved to a worker: it cannot be given to another one. */
  moved: boolean;
  /** Whether there is nothing to be said of it any more. */
  settled: boolean;
}

/** What a call to a pool is, and its limits. */
export interface PoolCall {
  /** The export to call. */
  readonly entry: string;
  readonly how: How;
  /** How long a part of it may take, in milliseconds. */
  readonly taskTimeout: number;
  /** To how many workers a part of it is given when they end. */
  readonly maxAttempts: number;
}

/** A call to a pool: what there is to do, and what becomes of it. */
export abstract class PoolJob {
  readonly call: PoolCall;
  /** How many of its parts workers have. */
  sent = 0;
  /** Called when it is settled. */
  whenOver: (() => void) | undefined;
  #over = false;

  constructor(call: PoolCall) {
    this.call = call;
  }

  /** Whether it is settled. What workers still do for it is for nobody. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether there are no more parts to come. */
  abstract readonly spent: boolean;

  /** The next part that nobody does yet, if there is one now. */
  abstract next(): Chunk | undefined;

  /** A part was done. */
  abstract done(chunk: Chunk, result: unknown): void;

  /** A part has failed. */
  abstract failed(chunk: Chunk, reason: unknown): void;

  /** Settles it: there is no result. */
  abstract fail(reason: unknown): void;

  protected finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.whenOver?.();
  }

  protected chunk(place: number, values: readonly unknown[]): Chunk {
    const alone = this.call.taskTimeout !== Infinity;
    return { job: this, place, values, ended: 0, alone, moved: false, settled: false };
  }
}

/** One call of a function. */
export class ApplyJob extends PoolJob {
  readonly #result = Promise.withResolvers<unknown>();
  #args: readonly unknown[] | undefined;

  constructor(call: PoolCall, args: readonly unknown[]) {
    super(call);
    this.#args = args;
  }

  override get spent(): boolean {
    return this.#args === undefined;
  }

  get result(): Promise<unknown> {
    return this.#result.promise;
  }

  override next(): Chunk | undefined {
    const args = this.#args;
    this.#args = undefined;
    return args === undefined ? undefined : this.chunk(0, args);
  }

  override done(_chunk: Chunk, result: unknown): void {
    this.#result.resolve(result);
    this.finish();
  }

  override failed(_chunk: Chunk, reason: unknown): void {
    this.fail(reason);
  }

  override fail(reason: unknown): void {
    this.#result.reject(reason);
    this.finish();
  }
}

/** Where the results of a {@linkcode MapJob} go. */
export interface Results {
  /** Whether so many parts may have been begun. */
  hasRoom(begun: number): boolean;
  /** The results of a part. */
  take(place: number, results: unknown[]): void;
  /** A part has none. Returns whether that ends all. */
  takeFailure(place: number, reason: unknown): boolean;
  /** There are no more. */
  end(): void;
  /** There are no more, and why. */
  fail(reason: unknown): void;
}

/** A call of a function for each of some values. */
export class MapJob extends PoolJob {
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #sync: boolean;
  /** The values, where they are an array: parts of it are copied in one go. */
  readonly #array: unknown[] | undefined;
  readonly #chunkSize: number;
  readonly #results: Results;
  /** Called when there may be another part now. */
  readonly #more: () => void;
  /** Parts whose values have come and that nobody does yet. */
  readonly #ready: Chunk[] = [];
  #begun = 0;
  #undone = 0;
  #pulling = false;
  #read = false;

  constructor(
    call: PoolCall,
    { values, chunkSize }: { values: Iterable<unknown> | AsyncIterable<unknown>; chunkSize: number },
    results: Results,
    more: () => void,
  ) {
    super(call);
    const begin = (values as AsyncIterable<unknown>)[Symbol.asyncIterator];
    this.#sync = typeof begin !== "function";
    if (Array.isArray(values)) this.#array = values;
    this.#source = this.#sync
      ? (values as Iterable<unknown>)[Symbol.iterator]()
      : (values as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    this.#chunkSize = chunkSize;
    this.#results = results;
    this.#more = more;
  }

  override get spent(): boolean {
    return this.#read && this.#ready.length === 0;
  }

  override next(): Chunk | undefined {
    if (this.over) return undefined;
    if (this.#ready.length > 0) return this.#ready.shift();
    if (this.#read || !this.#results.hasRoom(this.#begun)) return undefined;
    if (this.#sync) return this.#readNow(this.#source as Iterator<unknown>);
    if (!this.#pulling) void this.#readLater();
    return undefined;
  }

  override done({ place }: Chunk, result: unknown): void {
    if (this.over) return;
    if (!Array.isArray(result)) {
      return this.fail(new TypeError(`A worker's results for '${this.call.entry}' are no array`));
    }
    this.#undone--;
    this.#results.take(place, result);
    this.#endIfDone();
  }

  override failed({ place }: Chunk, reason: unknown): void {
    if (this.over) return;
    this.#undone--;
    if (this.#results.takeFailure(place, reason)) this.#leave();
    else this.#endIfDone();
  }

  override fail(reason: unknown): void {
    if (this.over) return;
    this.#results.fail(reason);
    this.#leave();
  }

  /** Nobody wants the results any more. */
  #leave(): void {
    this.#ready.length = 0;
    const unread = !this.#read;
    this.#read = true;
    this.finish();
    if (unread) void leave(this.#source);
  }

  #readNow(source: Iterator<unknown>): Chunk | undefined {
    if (this.#array !== undefined) return this.#readArray(this.#array);
    const values: unknown[] = [];
    try {
      while (values.length < this.#chunkSize) {
        const { done, value } = source.next();
        if (done === true) {
          this.#read = true;
          break;
        }
        values.push(value);
      }
    } catch (error) {
      return this.#sourceFailed(values, error);
    }
    if (values.length > 0) return this.#begin(values);
    this.#endIfDone();
    return undefined;
  }

  /** The source has thrown: that has its place behind what it gave. Returns the part that was being filled. */
  #sourceFailed(values: unknown[], reason: unknown): Chunk | undefined {
    this.#read = true;
    const last = values.length > 0 ? this.#begin(values) : undefined;
    if (this.#results.takeFailure(this.#begun++, reason)) this.#leave();
    else this.#endIfDone();
    return this.over ? undefined : last;
  }

  #readArray(array: unknown[]): Chunk | undefined {
    const start = this.#begun * this.#chunkSize;
    this.#read = start + this.#chunkSize >= array.length;
    if (start < array.length) return this.#begin(array.slice(start, start + this.#chunkSize));
    this.#endIfDone();
    return undefined;
  }

  async #readLater(): Promise<void> {
    this.#pulling = true;
    const source = this.#source as AsyncIterator<unknown>;
    const values: unknown[] = [];
    let chunk: Chunk | undefined;
    try {
      while (values.length < this.#chunkSize && !this.over) {
        const { done, value } = await source.next();
        if (done === true) {
          this.#read = true;
          break;
        }
        values.push(value);
      }
      if (values.length > 0) chunk = this.#begin(values);
    } catch (error) {
      if (!this.over) chunk = this.#sourceFailed(values, error);
    }
    this.#pulling = false;
    if (this.over) return;
    if (chunk !== undefined) this.#ready.push(chunk);
    else this.#endIfDone();
    this.#more();
  }

  #begin(values: unknown[]): Chunk {
    this.#undone++;
    return this.chunk(this.#begun++, values);
  }

  #endIfDone(): void {
    if (!this.#read || this.#undone > 0 || this.over) return;
    this.#results.end();
    this.finish();
  }
}

/** Tells a source that no more is read. What it has to say about it is for nobody. */
async function leave(source: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // As above.
  }
}
