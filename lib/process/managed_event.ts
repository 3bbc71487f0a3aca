import { timedOut } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { wait } from "../primitives/wait.ts";
import { untilEnd } from "./managed_semaphore.ts";

/** What the clients of one event share. */
export class EventState {
  isSet = false;
  readonly #waiting = new Set<() => void>();

  set(): void {
    this.isSet = true;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async wait(options: WaitOptions): Promise<void> {
    checkWait(options);
    if (this.isSet) return;
    const late = (timeout: number) => timedOut("Cannot wait for a managed event", "it was not set", timeout);
    await wait<void>(options, late, ({ resolve }) => {
      const wake = () => resolve();
      this.#waiting.add(wake);
      return () => void this.#waiting.delete(wake);
    });
  }
}

/**
 * An event at a {@linkcode Manager}'s server, for clients on any host: once it is set, all who wait go on.
 *
 * @example
 * ```ts
 * import { Manager } from "@ipc/ipc";
 *
 * await using manager = await Manager.start();
 * const ready = await manager.event("ready");
 * const waiting = ready.wait({ timeout: 1000 });
 * await ready.set();
 * await waiting;
 * console.log(await ready.isSet);
 * ```
 */
export class ManagedEvent {
  readonly #state: EventState;
  readonly #end: AbortSignal;

  /** @internal */
  constructor(state: EventState, end: AbortSignal) {
    this.#state = state;
    this.#end = end;
  }

  /** Whether it is set. */
  get isSet(): boolean {
    return this.#state.isSet;
  }

  /** Sets it: all who wait go on. */
  set(): void {
    this.#state.set();
  }

  /** From now on who comes waits. */
  clear(): void {
    this.#state.isSet = false;
  }

  /**
   * Waits until it is set.
   *
   * @throws {Deno.errors.TimedOut} It was not set within the time-out
   */
  async wait(options: WaitOptions = {}): Promise<void> {
    await this.#state.wait(untilEnd(options, this.#end));
  }
}
