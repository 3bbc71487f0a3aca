import { checkWait, type WaitOptions } from "../options.ts";
import { turn } from "../primitives/event_loop.ts";
import { ChannelEnd, type ChannelSyncOptions, type EndOptions } from "./channel_end.ts";
import { producerDied } from "./message_error.ts";
import { RingReader } from "./ring_reader.ts";

/** A message, or null when the producer has closed its end and nothing is left. */
export type Received = Uint8Array<ArrayBuffer> | null;

const RECEIVE = "receive from";

/** The end of a ring that messages come out of. */
export class ChannelConsumer extends ChannelEnd<RingReader> {
  protected override readonly role = "consumer";
  protected override readonly missing = "no message came";
  #peeked = false;
  /** The attempts of waits. */
  readonly #take = () => this.#tryTake(this.side!);
  readonly #peek = () => this.#tryPeek(this.side!);

  constructor(options: EndOptions) {
    super(options, options.ring.items);
  }

  tryRecv(): Received | undefined {
    const reader = this.side ?? this.take(RECEIVE);
    if (this.waitedFor) return undefined;
    return this.#tryTake(reader) ?? this.#endOf(reader, this.#take);
  }

  recvSync(options: ChannelSyncOptions = {}): Received {
    const reader = this.side ?? this.take(RECEIVE);
    const now = this.waitedFor ? undefined : this.#tryTake(reader);
    return now !== undefined ? now : this.waitSync<Received>(this.#take, options, RECEIVE);
  }

  recv(options?: WaitOptions): Promise<Received> {
    try {
      if (options !== undefined) checkWait(options);
      const reader = this.side ?? this.take(RECEIVE);
      const now = this.waitedFor ? undefined : this.#tryTake(reader);
      if (now === undefined) return this.wait<Received>(this.#take, options ?? {}, RECEIVE);
      return turn()?.then(() => now) ?? Promise.resolve(now);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  tryPeek(): Received | undefined {
    const reader = this.side ?? this.take(RECEIVE);
    if (this.waitedFor) return undefined;
    return this.#tryPeek(reader) ?? this.#endOf(reader, this.#peek);
  }

  peekSync(options: ChannelSyncOptions = {}): Received {
    const reader = this.side ?? this.take(RECEIVE);
    const now = this.waitedFor ? undefined : this.#tryPeek(reader);
    return now !== undefined ? now : this.waitSync<Received>(this.#peek, options, RECEIVE);
  }

  async peek(options: WaitOptions = {}): Promise<Received> {
    checkWait(options);
    const reader = this.side ?? this.take(RECEIVE);
    const now = this.waitedFor ? undefined : this.#tryPeek(reader);
    if (now === undefined) return await this.wait<Received>(this.#peek, options, RECEIVE);
    await turn();
    return now;
  }

  release(): void {
    const reader = this.take("release a message of");
    if (!this.#peeked) {
      throw new TypeError(
        `${this.cannot("release a message of")}: none was peeked, or it was received since`,
      );
    }
    this.#peeked = false;
    reader.release();
  }

  protected override begin(): RingReader {
    return new RingReader(this.ring, this.maxMessageSize);
  }

  protected override get left(): boolean {
    return this.side!.last;
  }

  protected override atEnd<T>(attempt: () => T | undefined, died: boolean, action: string): T {
    // What it sent before it ended.
    const found = attempt();
    if (found !== undefined) return found;
    if (died && !this.left) throw producerDied(this.cannot(action), this.side!.partial);
    return null as T;
  }

  #tryTake(reader: RingReader): Uint8Array<ArrayBuffer> | undefined {
    this.#peeked = false;
    return reader.tryTake();
  }

  #tryPeek(reader: RingReader): Uint8Array<ArrayBuffer> | undefined {
    const message = reader.tryPeek();
    this.#peeked = message !== undefined;
    return message;
  }

  /** What an attempt in vain means: null at the end. */
  #endOf(reader: RingReader, attempt: () => Received | undefined): Received | undefined {
    if (reader.last) return this.atEnd(attempt, false, RECEIVE);
    return this.otherDied ? this.atEnd(attempt, true, RECEIVE) : undefined;
  }
}
