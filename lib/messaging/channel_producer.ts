import { checkWait, type WaitOptions } from "../options.ts";
import { turn } from "../primitives/event_loop.ts";
import { ChannelEnd, type ChannelSyncOptions, type EndOptions } from "./channel_end.ts";
import { noConsumer } from "./message_error.ts";
import { RECORD } from "./ring_layout.ts";
import { RingWriter } from "./ring_writer.ts";

const DONE: Promise<void> = Promise.resolve();

/** A message that is larger than the ring goes in so many parts of it, so that both ends are busy. */
const PARTS = 4;

/** To fill so much space takes about as long as to wake a consumer that sleeps: it is woken when the space is reserved. */
const LARGE = 256 * 1024;

/** The end of a ring that messages go into. */
export class ChannelProducer extends ChannelEnd<RingWriter> {
  protected override readonly role = "producer";
  protected override readonly missing = "the consumer made no room";
  /** The largest message that goes in one piece. */
  readonly largest: number;
  /** What was reserved: where in the mapping, or -1, and how much. */
  #reservedAt = -1;
  #reserved = 0;
  /** Whether fragments of a message are in the ring that was given up, and the consumer is to be told so. */
  #gaveUp = false;

  constructor(options: EndOptions) {
    super(options, options.ring.space);
    this.largest = options.ring.capacity - RECORD;
  }

  trySend(p: Uint8Array): boolean {
    const writer = this.#checked(p);
    if (p.length > this.largest) throw this.#needsWait(p.length);
    return !this.waitedFor && this.#tryWrite(writer, p) || this.#notNow(false);
  }

  sendSync(p: Uint8Array, options: ChannelSyncOptions = {}): void {
    const writer = this.#checked(p);
    if (p.length > this.largest) return this.#sendLargeSync(writer, p, options);
    if (!this.waitedFor && this.#tryWrite(writer, p)) return;
    this.waitSync(() => this.#tryWrite(writer, p) || undefined, options, SEND);
  }

  send(p: Uint8Array, options?: WaitOptions): Promise<void> {
    try {
      const writer = this.#checked(p);
      if (options !== undefined) checkWait(options);
      if (p.length > this.largest) return this.#sendLarge(writer, p, options ?? {});
      if (!this.waitedFor && this.#tryWrite(writer, p)) return turn() ?? DONE;
      return this.#sendLater(writer, p, options ?? {});
    } catch (error) {
      return Promise.reject(error);
    }
  }

  tryReserve(length: number): Uint8Array<ArrayBuffer> | undefined {
    const writer = this.#ready(RESERVE);
    this.#checkLength(length);
    return (this.waitedFor ? undefined : this.#tryReserve(writer, length)) ?? this.#notNow(undefined);
  }

  reserveSync(length: number, options: ChannelSyncOptions = {}): Uint8Array<ArrayBuffer> {
    const writer = this.#ready(RESERVE);
    this.#checkLength(length);
    return (this.waitedFor ? undefined : this.#tryReserve(writer, length))
      ?? this.waitSync(() => this.#tryReserve(writer, length), options, RESERVE);
  }

  async reserve(length: number, options: WaitOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    checkWait(options);
    const writer = this.#ready(RESERVE);
    this.#checkLength(length);
    const now = this.waitedFor ? undefined : this.#tryReserve(writer, length);
    if (now === undefined) return await this.wait(() => this.#tryReserve(writer, length), options, RESERVE);
    await turn();
    return now;
  }

  commit(length: number = this.#reserved): void {
    const writer = this.take("commit to");
    const at = this.#reservedAt;
    if (at < 0) {
      throw new TypeError(`${this.cannot("commit to")}: nothing is reserved, or something was sent since`);
    }
    if (!Number.isInteger(length) || length < 0 || length > this.#reserved) {
      throw new RangeError(
        `${this.cannot("commit to")}: ${this.#reserved} bytes are reserved, and not ${length}`,
      );
    }
    this.#reservedAt = -1;
    writer.publish(at, length, length);
  }

  override close(): void {
    this.#reservedAt = -1;
    super.close();
  }

  protected override begin(): RingWriter {
    return new RingWriter(this.ring);
  }

  protected override get left(): boolean {
    return this.side!.abandoned;
  }

  protected override atEnd<T>(_attempt: () => T | undefined, died: boolean, action: string): never {
    const why = died ? "its consumer has died" : "its consumer has closed it";
    throw noConsumer(this.cannot(action), why);
  }

  /** What a `try…` call returns when there is no room: somebody lives who may make some. */
  #notNow<T>(value: T): T {
    return this.otherDied ? this.atEnd(() => undefined, true, SEND) : value;
  }

  #ready(action: string): RingWriter {
    const writer = this.side ?? this.take(action);
    return writer.abandoned ? this.atEnd(() => undefined, false, action) : writer;
  }

  #checked(p: Uint8Array): RingWriter {
    if (!(p instanceof Uint8Array)) throw new TypeError(`${this.cannot(SEND)}: a message is a Uint8Array`);
    if (p.length > this.maxMessageSize) throw this.#tooLarge(p.length);
    return this.#ready(SEND);
  }

  #checkLength(length: number): void {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(`${this.cannot(RESERVE)}: a length is a whole number of bytes, and not ${length}`);
    }
    if (length > this.maxMessageSize) throw this.#tooLarge(length);
    if (length > this.largest) {
      throw new RangeError(
        `${this.cannot(RESERVE)}: ${length} bytes are more than the ring has in one piece, ${this.largest}; `
          + "create it with more capacity, or use send()",
      );
    }
  }

  #tooLarge(length: number): RangeError {
    const advice = this.maxMessageSize > this.largest
      ? ""
      : "; create it with more capacity, or a maxMessageSize";
    return new RangeError(
      `${this.cannot(SEND)}: the message has ${length} bytes, and it takes ${this.maxMessageSize}${advice}`,
    );
  }

  #needsWait(length: number): RangeError {
    return new RangeError(
      `${this.cannot(SEND)}: a message of ${length} bytes goes in parts, as the ring takes ${this.largest}; `
        + "use send() or sendSync()",
    );
  }

  #tryWrite(writer: RingWriter, p: Uint8Array): boolean {
    this.#reservedAt = -1;
    if (this.#gaveUp && !this.#tellOfGivingUp(writer)) return false;
    return writer.tryWrite(p);
  }

  #tryReserve(writer: RingWriter, length: number): Uint8Array<ArrayBuffer> | undefined {
    this.#reservedAt = -1;
    if (this.#gaveUp && !this.#tellOfGivingUp(writer)) return undefined;
    const at = writer.room(length);
    if (at < 0) return undefined;
    this.#reservedAt = at;
    this.#reserved = length;
    if (length >= LARGE) this.ring.items.notify();
    return new Uint8Array(this.ring.buffer, at, length);
  }

  #tellOfGivingUp(writer: RingWriter): boolean {
    this.#gaveUp = !writer.tryGiveUp();
    return !this.#gaveUp;
  }

  async #sendLater(writer: RingWriter, p: Uint8Array, options: WaitOptions): Promise<void> {
    await this.wait(() => this.#tryWrite(writer, p) || undefined, options, SEND);
  }

  #sendLargeSync(writer: RingWriter, p: Uint8Array, options: ChannelSyncOptions): void {
    const parts = this.#inParts(writer, p);
    try {
      this.waitSync(parts.attempt, options, SEND);
    } finally {
      this.#gaveUp ||= parts.begun;
    }
  }

  async #sendLarge(writer: RingWriter, p: Uint8Array, options: WaitOptions): Promise<void> {
    const parts = this.#inParts(writer, p);
    try {
      await this.wait(parts.attempt, options, SEND);
    } finally {
      this.#gaveUp ||= parts.begun;
    }
  }

  /** Attempts that send as many parts as there is room for, and succeed with the last one. */
  #inParts(writer: RingWriter, p: Uint8Array): { begun: boolean; attempt: () => true | undefined } {
    const most = this.ring.capacity / PARTS - RECORD;
    let sent = 0;
    const parts = {
      begun: false,
      attempt: () => {
        this.#reservedAt = -1;
        if (this.#gaveUp && !this.#tellOfGivingUp(writer)) return undefined;
        while (sent < p.length) {
          const part = p.subarray(sent, sent + most);
          if (!writer.tryWriteFragment(part, p.length)) return undefined;
          sent += part.length;
          parts.begun = sent < p.length;
        }
        return true as const;
      },
    };
    return parts;
  }
}

const SEND = "send to";
const RESERVE = "reserve in";
