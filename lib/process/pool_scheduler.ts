import { timedOut } from "../errors.ts";
import type { Chunk, PoolJob } from "./pool_job.ts";
import type { PoolWorker, PoolWorkerEvents } from "./pool_worker.ts";
import { type WorkerEnd, WorkerEndedError } from "./worker_ended_error.ts";

/** Workers that end one after the other before they are ready: it is no accident then. */
const MOST_FALSE_STARTS = 3;

/** An interval that is never over keeps this process running. */
const NEVER = 2 ** 30;

/** Gives the parts of calls to workers, and starts workers for them. */
export class PoolScheduler implements PoolWorkerEvents {
  readonly #size: number;
  readonly #start: (events: PoolWorkerEvents) => PoolWorker;
  readonly #workers = new Set<PoolWorker>();
  /** Calls that are not settled. */
  readonly #open = new Set<PoolJob>();
  /** Those of them with parts to come, the next one first: each call gives one part in turn. */
  readonly #jobs = new Set<PoolJob>();
  /** Parts that came back from workers, the next one first. */
  #back: Chunk[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #closing = false;
  #falseStarts = 0;
  #alive: ReturnType<typeof setInterval> | undefined;
  #handing = false;
  #handAgain = false;

  constructor(size: number, start: (events: PoolWorkerEvents) => PoolWorker) {
    this.#size = size;
    this.#start = start;
  }

  /** Resolves when all workers have ended, after close() or terminate(). */
  get done(): Promise<void> {
    return this.#ended.promise;
  }

  /** Begins with a call. */
  add(job: PoolJob): void {
    job.whenOver = () => this.#over(job);
    this.#open.add(job);
    this.#jobs.add(job);
    this.hand();
  }

  /** Ends a call before it is done. The workers that do a part of it are ended, when there is a `reason`. */
  abandon(job: PoolJob, reason?: unknown): void {
    this.#takeBack(job);
    if (reason !== undefined) {
      for (const worker of this.#workers) if (worker.has(job)) worker.kill();
    }
    job.fail(reason);
  }

  /** Ends the workers when all is done. */
  close(): void {
    this.#closing = true;
    this.#endIfDone();
  }

  /** Ends the workers now. */
  terminate(reasonFor: (job: PoolJob) => unknown): void {
    this.#closing = true;
    for (const worker of this.#workers) worker.kill();
    for (const job of this.#open) job.fail(reasonFor(job));
    this.#endIfDone();
  }

  /** Gives to workers what they have room for. */
  hand(): void {
    this.#handAgain = true;
    if (this.#handing) return; // A source of values has called the pool.
    this.#handing = true;
    while (this.#handAgain) {
      this.#handAgain = false;
      while (this.#handOne());
    }
    this.#handing = false;
    this.#stayAlive(this.#back.length > 0 || this.#atWork());
  }

  free(): void {
    this.hand();
  }

  late(worker: PoolWorker, chunk: Chunk): void {
    const { entry, taskTimeout } = chunk.job.call;
    chunk.settled = true;
    worker.kill();
    chunk.job.failed(chunk, timedOut(`Cannot run '${entry}' in the pool`, "it did not return", taskTimeout));
  }

  ended(worker: PoolWorker, end: WorkerEnd, begun: Chunk[], rest: Chunk[]): void {
    this.#workers.delete(worker);
    this.#return(rest);
    for (const chunk of begun) this.#endedUnder(chunk, worker, end);
    // Its successor may have what others have not begun: nobody is idle to take it over.
    this.#return(this.#mostSpare()?.takeBack() ?? []);
    if (worker.ready) this.#falseStarts = 0;
    else if (!worker.killed) this.#falseStart(worker, end);
    this.hand();
    this.#endIfDone();
  }

  #atWork(): boolean {
    for (const { load } of this.#workers) if (load > 0) return true;
    return false;
  }

  /** Gives one part to a worker; false when there is none, or no worker with room. */
  #handOne(): boolean {
    const free = this.#leastBusy();
    const mayStart = this.#workers.size < this.#size;
    if (free === undefined && !mayStart) return false;
    const chunk = this.#next();
    if (chunk === undefined) return this.#share();
    let worker = free;
    if (mayStart && (free === undefined || free.load > 0)) {
      try {
        worker = this.#start(this);
        this.#workers.add(worker);
      } catch (error) {
        // With fewer workers than it may have it goes on.
        if (free === undefined) {
          this.#settle(chunk, error);
          return true;
        }
      }
    }
    return this.#send(worker!, chunk);
  }

  #send(worker: PoolWorker, chunk: Chunk): boolean {
    try {
      if (worker.send(chunk)) return true;
    } catch (error) {
      this.#settle(chunk, cannotSend(chunk, error));
      return true;
    }
    this.#return([chunk]);
    return false;
  }

  /** The one to have the next part: with the fewest, and among those one that can begin at once. */
  #leastBusy(): PoolWorker | undefined {
    let least: PoolWorker | undefined;
    for (const worker of this.#workers) {
      if (!worker.hasRoom) continue;
      const fewer = least === undefined ? 1 : least.load - worker.load;
      if (fewer > 0 || fewer === 0 && worker.ready && !least!.ready) least = worker;
    }
    return least;
  }

  /** The next part: those that came back first, then one of each call in turn. */
  #next(): Chunk | undefined {
    for (let chunk = this.#back.shift(); chunk !== undefined; chunk = this.#back.shift()) {
      if (!chunk.job.over) return chunk;
    }
    let left = this.#jobs.size;
    for (const job of this.#jobs) {
      if (left-- === 0) break; // From here on they are those that were put behind.
      const chunk = job.next();
      if (this.#jobs.size > 1 || job.spent || job.over) {
        this.#jobs.delete(job);
        if (!job.spent && !job.over) this.#jobs.add(job);
      }
      if (chunk !== undefined) return chunk;
    }
    return undefined;
  }

  /** When there is nothing else, who has nothing to do takes over from who has most. Returns whether something came back. */
  #share(): boolean {
    let idle = false;
    for (const worker of this.#workers) idle ||= worker.ready && worker.load === 0 && worker.hasRoom;
    if (!idle) return false;
    const chunks = this.#mostSpare()?.takeBack() ?? [];
    this.#return(chunks);
    return chunks.length > 0;
  }

  /** Who has most that it has not begun. */
  #mostSpare(): PoolWorker | undefined {
    let most: PoolWorker | undefined;
    for (const worker of this.#workers) if (worker.spare > (most?.spare ?? 0)) most = worker;
    return most;
  }

  #return(chunks: Chunk[]): void {
    this.#back = [...chunks.filter(({ job }) => !job.over), ...this.#back];
  }

  /** A part is over, and has no result. */
  #settle(chunk: Chunk, reason: unknown): void {
    if (chunk.settled) return;
    chunk.settled = true;
    chunk.job.failed(chunk, reason);
  }

  #endedUnder(chunk: Chunk, worker: PoolWorker, end: WorkerEnd): void {
    const { entry, maxAttempts } = chunk.job.call;
    chunk.ended++;
    if (chunk.ended < maxAttempts && !chunk.moved && !chunk.settled) return this.#return([chunk]);
    const times = chunk.ended > 1 ? `, the last of ${chunk.ended} workers that it was given to` : "";
    this.#settle(
      chunk,
      new WorkerEndedError(`Cannot run '${entry}' in the pool`, `${worker.name}${times}`, end),
    );
  }

  /** A worker has ended before it could do anything. */
  #falseStart(worker: PoolWorker, end: WorkerEnd): void {
    const known = end.failure !== undefined;
    if (!known && ++this.#falseStarts < MOST_FALSE_STARTS) return;
    this.#falseStarts = 0;
    const reason = known
      ? end.failure!.reason
      : new WorkerEndedError("Cannot start the workers of the pool", worker.name, end);
    for (const job of [...this.#open]) job.fail(reason);
  }

  #over(job: PoolJob): void {
    this.#open.delete(job);
    this.#jobs.delete(job);
    if (job.sent > 0) this.#takeBack(job);
    if (this.#open.size === 0) this.#endIfDone();
  }

  /** Takes the parts of a call back that were not begun. */
  #takeBack(job: PoolJob): void {
    if (job.sent === 0) return;
    for (const worker of this.#workers) if (worker.has(job)) this.#return(worker.takeBack());
    this.#back = this.#back.filter((chunk) => chunk.job !== job);
    this.#handAgain = true;
    queueMicrotask(() => this.hand());
  }

  #endIfDone(): void {
    if (!this.#closing || this.#open.size > 0) return;
    for (const worker of this.#workers) worker.retire();
    if (this.#workers.size === 0) this.#ended.resolve();
  }

  /** As long as workers have something to do this process goes on. */
  #stayAlive(wanted: boolean): void {
    if (wanted) this.#alive ??= setInterval(() => {}, NEVER);
    else {
      clearInterval(this.#alive);
      this.#alive = undefined;
    }
  }
}

function cannotSend({ job }: Chunk, error: unknown): unknown {
  if (!(error instanceof TypeError) && !(error instanceof RangeError)) return error;
  const Class = error instanceof RangeError ? RangeError : TypeError;
  const why = error.message.replace(/^Cannot send as structured: /, "").replace("$[4]", "the arguments");
  return new Class(`Cannot run '${job.call.entry}' in the pool: ${why}`, { cause: error });
}
