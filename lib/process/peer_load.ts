import { busy } from "../errors.ts";

/** So many calls of the other side may go on at once. */
const MOST_CALLS = 10_000;

/** So many references and signals may be in one message. */
export const MOST_IN_MESSAGE = 10_000;

/** So many messages may be on their way before calls wait. */
const MOST_UNREAD = 10_000;

/** What a call takes here besides the bytes of its message, and a reference in it. */
const CALL_BYTES = 2048;
const REFERENCE_BYTES = 1024;

/** Below so many bytes no other side is taken for one that does not read. */
const LEAST_LIMIT = 16 * 1024 * 1024;

/** The arguments of calls, and all that was not read, may have so many times the largest message. */
const TIMES = 4;

/** A call's answer is made within so many steps, or waits for something. */
const STEPS = 20;

/**
 * What the other side of a connection makes this one hold: calls with their arguments, and answers that it does not read.
 * It stays bounded, whatever comes: further calls wait until some of it was read, then they are refused, and at last the
 * connection is to be ended. Nothing here keeps messages from being received: two sides that call each other, and both
 * have much to read, go on.
 */
export class PeerLoad {
  readonly #limit: number;
  #running = 0;
  #arguments = 0;
  #messages = 0;
  #unread = 0;
  #refusals = 0;
  #waiting = 0;
  #lastTurn: Promise<void> = Promise.resolve();
  #drained: (() => void) | undefined;
  #over = false;

  /** @param maxMessageSize The connection's. */
  constructor(maxMessageSize: number) {
    this.#limit = Math.max(maxMessageSize, LEAST_LIMIT);
  }

  /** What a call weighs. */
  static size(bytes: number, references: number): number {
    return CALL_BYTES + bytes + references * REFERENCE_BYTES;
  }

  /** A call has come. False: there is no room for it. */
  take(size: number): boolean {
    if (this.#arguments > 0 && this.#arguments + size > TIMES * this.#limit) return false;
    this.#arguments += size;
    return true;
  }

  /** One that came is over, and its answer has left. */
  drop(size: number): void {
    this.#arguments -= size;
  }

  /**
   * A call begins.
   *
   * @throws {Deno.errors.Busy} Too many go on
   */
  begin(): void {
    if (this.#running === MOST_CALLS) {
      throw busy("Cannot call it", `${MOST_CALLS} calls go on; await some first`);
    }
    this.#running++;
  }

  /** One that has begun has its result. */
  end(): void {
    this.#running--;
  }

  /** A call was refused; the promise tells when the other side could know. */
  refuse(sent: Promise<void>): void {
    this.#refusals++;
    void sent.then(() => this.#refusals--);
  }

  /** So many bytes are on their way; the promise, which does not reject, tells when the kernel has them. */
  send(bytes: number, sent: Promise<void>): void {
    this.#unread += bytes;
    this.#messages++;
    void sent.then(() => {
      this.#unread -= bytes;
      this.#messages--;
      if (!this.#full) this.#drained?.();
    });
  }

  /** Whether the other side asks for more and more, and reads nothing. */
  get tooMuch(): boolean {
    return this.#refusals > MOST_CALLS || this.#unread > TIMES * this.#limit;
  }

  /** Whether who wants to make more to read has to wait for its {@linkcode PeerLoad.turn}. */
  get crowded(): boolean {
    return this.#waiting > 0 || this.#full;
  }

  /** Waits until some of what was sent has been read, and for those that came before. */
  turn(): Promise<void> {
    this.#waiting++;
    const mine = this.#lastTurn.then(() => this.#room());
    this.#lastTurn = mine.then(async () => {
      for (let step = 0; step < STEPS; step++) await undefined;
      this.#waiting--;
    });
    return mine;
  }

  /** The connection has ended: nobody waits any more. */
  close(): void {
    this.#over = true;
    this.#drained?.();
  }

  get #full(): boolean {
    return this.#unread >= this.#limit || this.#messages >= MOST_UNREAD;
  }

  async #room(): Promise<void> {
    while (this.#full && !this.#over) await new Promise<void>((resolve) => this.#drained = resolve);
  }
}
