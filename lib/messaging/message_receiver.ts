import { busy, timedOut } from "../errors.ts";
import { checkWait, timeoutOf, type WaitOptions } from "../options.ts";
import { anotherStep, turn } from "../primitives/event_loop.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import type { Codec } from "./codec.ts";
import { CLOSED, type ConnectionLine } from "./connection_line.ts";
import type { MessageWithHandles } from "./connection_options.ts";
import { FrameReader } from "./frame_reader.ts";
import { HandleSource } from "./handle_source.ts";
import { ended } from "./message_error.ts";

const END = { done: true, value: undefined } as const;
const YES = () => true;

/** The receiving half of a connection. Its methods are those of {@linkcode Connection}, which say what they promise. */
export class MessageReceiver<T> {
  readonly #line: ConnectionLine;
  readonly #codec: Codec<T>;
  readonly #frames: FrameReader;
  readonly #handles: HandleSource | undefined;
  readonly #broken: (because: string) => void;
  #receiving = false;

  /**
   * @param handles Whether handles of the other side are received.
   * @param broken Closes the connection: what came is no message.
   */
  constructor(line: ConnectionLine, codec: Codec<T>, handles: boolean, broken: (because: string) => void) {
    this.#line = line;
    this.#codec = codec;
    const verb = "receive handles from";
    this.#handles = handles ? new HandleSource(line.unixStream(verb).own(verb)) : undefined;
    this.#frames = new FrameReader(this.#handles ?? line.reader, line.limit);
    this.#broken = broken;
  }

  /** Whether handles are received. */
  get takesHandles(): boolean {
    return this.#handles !== undefined;
  }

  /** Whether a receive is under way. */
  get receiving(): boolean {
    return this.#receiving;
  }

  /** Whether something has come that nobody has received, a part of a message even. */
  get holds(): boolean {
    return this.#peek() !== undefined || this.#frames.missing("") !== undefined;
  }

  /** The largest message that is accepted from now on. */
  set limit(bytes: number) {
    this.#frames.limit = bytes;
  }

  recv(options: WaitOptions | undefined): Promise<T> {
    if (options === undefined && !this.#receiving) {
      try {
        const frame = this.#now();
        if (frame !== undefined) return Promise.resolve(this.#decode(frame));
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#await(options ?? {}, this.#takeValue, this.#throwEnded);
  }

  recvBytes(options: WaitOptions | undefined): Promise<Uint8Array<ArrayBuffer>> {
    if (options === undefined && !this.#receiving) {
      try {
        const frame = this.#now();
        if (frame !== undefined) return Promise.resolve(this.#frames.owned ? frame : frame.slice());
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#await(options ?? {}, this.#takeBytes, this.#throwEnded);
  }

  async recvBytesInto(p: Uint8Array<ArrayBuffer>, options: WaitOptions): Promise<number> {
    if (!(p instanceof Uint8Array)) throw new TypeError("recvBytesInto takes the Uint8Array to fill");
    const lent = !this.#receiving;
    if (lent) this.#frames.lend(p);
    try {
      return await this.#await(options, () => this.#moveInto(p), this.#throwEnded);
    } finally {
      if (lent) this.#frames.takeBack();
    }
  }

  recvWithHandles(options: WaitOptions): Promise<MessageWithHandles<T>> {
    const source = this.#handles;
    if (source === undefined) {
      const why = "it was made without the option handles, so that those that came are closed";
      return Promise.reject(new TypeError(`${this.#line.cannot("receive handles from")}: ${why}`));
    }
    const take = () => {
      const frame = this.#frames.next()!;
      const handles = source.take(this.#frames.place);
      const dispose = () => handles.forEach((handle) => handle.close());
      try {
        return { value: this.#decode(frame), handles, [Symbol.dispose]: dispose };
      } catch (error) {
        dispose();
        throw error;
      }
    };
    return this.#await(options, take, this.#throwEnded);
  }

  recvPacked(): Promise<{ bytes: Uint8Array<ArrayBuffer>; handles: ReceivedDescriptor[] }> {
    const take = () => {
      const bytes = this.#frames.next()!;
      return { bytes, handles: this.#handles?.take(this.#frames.place) ?? [] };
    };
    return this.#await({}, take, this.#throwEnded);
  }

  async poll(options: WaitOptions): Promise<boolean> {
    try {
      return await this.#await({ signal: options.signal, timeout: options.timeout ?? 0 }, YES, YES);
    } catch (error) {
      if (error instanceof Deno.errors.TimedOut) return false;
      if (error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.ConnectionReset) {
        return true;
      }
      throw error;
    }
  }

  values(): AsyncIterableIterator<T> {
    const next = (): Promise<IteratorResult<T, undefined>> => {
      try {
        const frame = this.#receiving ? undefined : this.#now();
        if (frame !== undefined) {
          return Promise.resolve({ done: false, value: this.#decode(frame) });
        }
      } catch (error) {
        return Promise.reject(error);
      }
      return this.#nextOrEnd();
    };
    const iterator: AsyncIterableIterator<T> = {
      next,
      return: () => Promise.resolve(END),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Forgets what has come: the connection is closed. */
  clear(): void {
    this.#frames.clear();
  }

  /** Closes the handles that nobody has taken. */
  closeHandles(): void {
    this.#handles?.close();
  }

  async #nextOrEnd(): Promise<IteratorResult<T, undefined>> {
    const value = () => ({ done: false as const, value: this.#decode(this.#next()!) });
    try {
      return await this.#await<IteratorResult<T, undefined>>({}, value, () => END);
    } catch (error) {
      // Closing ends the loop of who closes. What the other side did wrong is an error.
      if (this.#line.closedBecause !== CLOSED) throw error;
      return END;
    }
  }

  /**
   * Waits until a message is here whole, or the other side has left between two messages, and returns what the
   * function for it makes of that, before anybody else can receive.
   */
  async #await<R>(options: WaitOptions, whole: () => R, end: () => R): Promise<R> {
    checkWait(options);
    if (this.#line.closedBecause !== undefined) throw this.#line.notOurs("receive from");
    if (this.#receiving) {
      throw busy(
        this.#line.cannot("receive from"),
        "a receive of this connection is under way; await it first",
      );
    }
    this.#receiving = true;
    const timeout = timeoutOf(options);
    const limit = timeout === Infinity ? Infinity : performance.now() + timeout;
    const late = () => timedOut(this.#line.cannot("receive from"), "no whole message came", timeout);
    try {
      for (;;) {
        if (this.#peek() !== undefined) return whole();
        let count = this.#frames.tryFill();
        if (count === 0) {
          const left = limit === Infinity ? undefined : Math.max(0, limit - performance.now());
          if (left === 0 && this.#frames.canTry) throw late();
          count = await this.#frames.fill({ signal: options.signal, timeout: left });
        } else {
          const others = turn();
          if (others !== undefined) await others;
        }
        if (this.#line.closedBecause !== undefined) throw this.#line.notOurs("receive from");
        if (count !== null) continue;
        const missing = this.#frames.missing(this.#line.cannot("receive from"));
        if (missing !== undefined) throw missing;
        return end();
      }
    } catch (error) {
      if (error instanceof Deno.errors.TimedOut) throw late();
      const interrupted = error instanceof Deno.errors.BadResource && this.#line.closedBecause !== undefined;
      throw interrupted ? this.#line.notOurs("receive from") : error;
    } finally {
      this.#receiving = false;
    }
  }

  /** The next message when it can be had without waiting: most of what promises cost is saved then. */
  #now(): Uint8Array<ArrayBuffer> | undefined {
    let frame = this.#next();
    while (frame === undefined && this.#line.closedBecause === undefined && anotherStep()) {
      const count = this.#frames.tryFill();
      if (count === null || count === 0) break; // An end is there for whoever waits, too.
      frame = this.#next();
    }
    return frame;
  }

  #decode(frame: Uint8Array<ArrayBuffer>): T {
    return this.#codec.decode(frame, this.#frames.owned);
  }

  readonly #takeValue = (): T => this.#decode(this.#next()!);

  readonly #takeBytes = (): Uint8Array<ArrayBuffer> => {
    const frame = this.#next()!;
    return this.#frames.owned ? frame : frame.slice();
  };

  readonly #throwEnded = (): never => {
    throw ended(this.#line.cannot("receive from"));
  };

  #moveInto(p: Uint8Array<ArrayBuffer>): number {
    const frame = this.#frames.peek()!;
    if (frame.length > p.length) {
      const why = `it has ${frame.length} bytes, and the buffer ${p.length}`;
      throw new RangeError(`Cannot receive a message of ${this.#line.name} into a buffer: ${why}`);
    }
    this.#next();
    if (frame.buffer !== p.buffer) p.set(frame); // Otherwise it was read into it.
    return frame.length;
  }

  #next(): Uint8Array<ArrayBuffer> | undefined {
    try {
      const frame = this.#frames.next();
      // The handles of messages that are received without them are closed.
      if (frame !== undefined && this.#handles !== undefined) this.#handles.drop(this.#frames.place);
      return frame;
    } catch (error) {
      this.#broken(`the other side sent what is no message (${(error as Error).message})`);
      throw error;
    }
  }

  #peek(): Uint8Array<ArrayBuffer> | undefined {
    try {
      return this.#frames.peek();
    } catch (error) {
      this.#broken(`the other side sent what is no message (${(error as Error).message})`);
      throw error;
    }
  }
}
