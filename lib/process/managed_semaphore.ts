import type { WaitOptions } from "../options.ts";
import type { Permits } from "./permits.ts";
import { byReference, type Reference } from "./reference.ts";

/**
 * What a client has of a {@linkcode ManagedSemaphore} or {@linkcode ManagedLock}, until it gives it back.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const lock = await manager.lock();
 * const permit = await lock.acquire();
 * await permit.release();
 * console.log(await lock.locked);
 * ```
 */
export class ManagedPermit {
  #permits: Permits | undefined;
  readonly #end: AbortSignal;
  readonly #atEnd = () => this.release();

  /** @internal */
  constructor(permits: Permits, end: AbortSignal) {
    this.#permits = permits;
    this.#end = end;
    end.addEventListener("abort", this.#atEnd);
  }

  /**
   * Gives it back. Once or often. So does its disposal, and the end of the client; the garbage collector does not: one that
   * was forgotten is held.
   */
  release(): void {
    this.#permits?.give();
    this.#permits = undefined;
    this.#end.removeEventListener("abort", this.#atEnd);
  }
}

/**
 * A semaphore at a {@linkcode Manager}'s server, for clients on any host. Who waits longest is next. What a client has
 * comes back when its connection ends, however that ends.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const seats = await manager.semaphore("seats", 2);
 * {
 *   using seat = await seats.acquire({ timeout: 1000 });
 *   console.log(await seats.free);
 * }
 * ```
 */
export class ManagedSemaphore {
  readonly #permits: Permits;
  readonly #end: AbortSignal;
  readonly #what: string;

  /** @internal */
  constructor(permits: Permits, what: string, end: AbortSignal) {
    this.#permits = permits;
    this.#what = what;
    this.#end = end;
  }

  /** How many are free. */
  get free(): number {
    return this.#permits.free;
  }

  /**
   * Waits for one.
   *
   * @throws {Deno.errors.TimedOut} None became free within the time-out
   */
  async acquire(options: WaitOptions = {}): Promise<Reference<ManagedPermit>> {
    await this.#permits.take(untilEnd(options, this.#end), this.#what);
    return this.#held();
  }

  /** One, if one is free now. */
  tryAcquire(): Reference<ManagedPermit> | undefined {
    return this.#permits.tryTake() ? this.#held() : undefined;
  }

  #held(): Reference<ManagedPermit> {
    const permit = new ManagedPermit(this.#permits, this.#end);
    return byReference(permit, { released: (how) => how === "forgotten" ? undefined : permit.release() });
  }
}

/**
 * A lock at a {@linkcode Manager}'s server, for clients on any host: one at a time has it, and who waits longest is next.
 * A client whose connection ends, however that ends, does not have it any more. For processes of one machine
 * {@linkcode Lock} is some 1000 times as fast.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const lock = await manager.lock("printer");
 * {
 *   using permit = await lock.acquire({ timeout: 1000 });
 *   console.log("mine alone");
 * }
 * console.log(await lock.locked);
 * ```
 */
export class ManagedLock extends ManagedSemaphore {
  /** Whether a client has it. */
  get locked(): boolean {
    return this.free === 0;
  }
}

/** A wait that the end of its client ends, too. */
export function untilEnd(options: WaitOptions, end: AbortSignal): WaitOptions {
  const { timeout, signal } = options ?? {};
  return { timeout, signal: signal instanceof AbortSignal ? AbortSignal.any([signal, end]) : end };
}
