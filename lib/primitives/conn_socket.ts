import { busy, notOurs, systemError, timedOut } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { checkWait, type LinesOptions, type ReadAllOptions, type WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import { bytesOf, linesOf } from "./byte_reading.ts";
import { turn } from "./event_loop.ts";
import { LineBuffer } from "./line_buffer.ts";
import { LINGER, SILENCE } from "./linger.ts";
import type { Addresses } from "./own_socket.ts";
import { Turns } from "./turns.ts";
import { wait } from "./wait.ts";

/** The most that is read in one operation, and that an aborted write can still send. */
const PART = 65536;

const encoder = new TextEncoder();

/**
 * A connection of the runtime's: TCP, and Unix sockets without `--allow-ffi`. Its operations cannot be cancelled: a
 * wait that is ended leaves its operation under way, and the next call takes up what it brings.
 */
export class ConnSocket {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly #conn: Deno.Conn;
  readonly #name: string;
  readonly #held = new LineBuffer();
  readonly #writes = new Turns();
  /** Ends the waits under way. */
  readonly #interrupts = new Set<(reason: Error) => void>();
  /** Operations read here, never into the caller's memory: the caller may be gone when the bytes come. */
  #space = new Uint8Array(0);
  /** The read under way. */
  #filling: Promise<Uint8Array | null> | undefined;
  /** The write under way, or what an aborted one left under way. */
  #sending: Promise<number> | undefined;
  #reading = false;
  #ended = false;
  #broken = false;
  #bytesWritten = 0;
  #noMoreWrites = false;
  #closing: Promise<void> | undefined;
  #dropped = false;

  constructor(conn: Deno.Conn, known: Partial<Addresses> = {}) {
    this.#conn = conn;
    this.localAddr = known.localAddr ?? plainAddr(conn.localAddr);
    this.remoteAddr = known.remoteAddr ?? plainAddr(conn.remoteAddr);
    const isNamed = !("path" in this.remoteAddr) || this.remoteAddr.path !== "";
    this.#name = isNamed
      ? `connection to ${addressText(this.remoteAddr)}`
      : `connection at ${addressText(this.localAddr)}`;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  async read(p: Uint8Array, options: WaitOptions = {}): Promise<number | null> {
    checkWait(options);
    if (!(p instanceof Uint8Array)) throw new TypeError("A read takes the Uint8Array to fill");
    if (p.byteLength === 0) {
      throw new RangeError("Cannot read into an empty buffer: 0 bytes would look like an end; give it room");
    }
    this.#mustBeOpen("read from");
    this.#mustBeIdle();
    if (this.#held.length > 0) {
      const count = this.#held.take(p);
      await turn();
      return count;
    }
    const bytes = await this.#next(p.byteLength, options);
    if (bytes === null) return null;
    const taken = bytes.subarray(0, p.byteLength);
    this.#hold(bytes.subarray(taken.byteLength));
    if (taken.byteLength === 0) {
      throw new TypeError("The buffer to read into was detached or shrunk during the read");
    }
    p.set(taken);
    return taken.byteLength;
  }

  lines(options: LinesOptions = {}): AsyncIterableIterator<string> {
    return linesOf(this.#held, options, () => this.#more(options));
  }

  bytes(options: ReadAllOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return bytesOf(this.#held, options, () => this.#more(options));
  }

  async write(p: Uint8Array | string, options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    const bytes = typeof p === "string" ? encoder.encode(p) : p;
    if (!(bytes instanceof Uint8Array)) throw new TypeError("A write takes a Uint8Array or a string");
    this.#mustBeWritable();
    await this.#writes.take(options, this.#full);
    try {
      this.#mustBeOpen("write to");
      await this.#send(bytes, options);
    } finally {
      this.#writes.pass();
    }
  }

  /** Ends writing, after the writes under way. */
  async closeWrite(): Promise<void> {
    this.#mustBeOpen("write to");
    if (this.#noMoreWrites) return;
    this.#noMoreWrites = true;
    await this.#writes.take({}, this.#full);
    try {
      await this.#sending?.catch(() => {});
      if (!this.closed) await this.#conn.closeWrite();
    } catch {
      // The other side has left already.
    } finally {
      this.#writes.pass();
    }
  }

  /** Closes it in good order. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    const inGoodOrder = !this.#ended && !this.#broken && !this.#writes.taken && this.#sending === undefined;
    for (const interrupt of this.#interrupts) {
      interrupt(notOurs(`Cannot use ${this.#name}`, "it was closed during the wait"));
    }
    this.#held.drain();
    if (!inGoodOrder) return this.#drop();
    const end = performance.now() + LINGER;
    const drop = () => this.#drop();
    let timer = setTimeout(drop, SILENCE);
    try {
      if (!this.#noMoreWrites) await this.#conn.closeWrite();
      while (await this.#operation(PART) !== null && performance.now() < end) {
        this.#filling = undefined;
        clearTimeout(timer);
        timer = setTimeout(drop, SILENCE);
      }
    } catch {
      // It is broken: nothing is left to be done in good order.
    } finally {
      clearTimeout(timer);
      drop();
    }
  }

  #drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#conn.close();
  }

  /** Holds what comes next; 0, as it is in the buffer already. */
  async #more(options: WaitOptions): Promise<number | null> {
    this.#mustBeOpen("read from");
    this.#mustBeIdle();
    const bytes = await this.#next(PART, options);
    if (bytes === null) return null;
    this.#hold(bytes);
    return 0;
  }

  /** The bytes that come next, good until the next read; null at the end. */
  async #next(length: number, options: WaitOptions): Promise<Uint8Array | null> {
    if (this.#ended) return null;
    this.#reading = true;
    try {
      const late = (timeout: number) =>
        timedOut(`Cannot read from ${this.#name}`, "nothing was sent", timeout);
      const bytes = await this.#waitFor(this.#operation(length), options, late);
      this.#filling = undefined;
      this.#ended = bytes === null;
      return bytes;
    } catch (error) {
      if (this.#broken) this.#filling = undefined;
      throw error;
    } finally {
      this.#reading = false;
    }
  }

  /** The read under way, or a new one. */
  #operation(length: number): Promise<Uint8Array | null> {
    if (this.#filling !== undefined) return this.#filling;
    length = Math.min(length, PART);
    if (this.#space.length < length) this.#space = new Uint8Array(length);
    const space = this.#space.subarray(0, length);
    const filling = this.#fill(space);
    filling.catch(() => {}); // Who reads next is told.
    return this.#filling = filling;
  }

  async #fill(space: Uint8Array): Promise<Uint8Array | null> {
    try {
      let count: number | null = 0;
      while (count === 0) count = await this.#conn.read(space);
      return count === null ? null : space.subarray(0, count);
    } catch (error) {
      throw this.#failed(error, "read");
    }
  }

  #hold(bytes: Uint8Array): void {
    while (bytes.length > 0) {
      const part = bytes.subarray(0, this.#held.room().length);
      this.#held.room().set(part);
      this.#held.add(part.length);
      bytes = bytes.subarray(part.length);
    }
  }

  async #send(bytes: Uint8Array, options: WaitOptions): Promise<void> {
    const limited = options.signal !== undefined || options.timeout !== undefined;
    if (this.#sending !== undefined) await this.#waitFor(this.#sending, options, this.#full);
    while (bytes.byteLength > 0) {
      // A copy where the wait can be ended, as the caller may then use the memory for something else.
      const sending = this.#sending = this.#put(limited ? bytes.slice(0, PART) : bytes);
      sending.catch(() => {}); // Who writes next finds it broken, too.
      bytes = bytes.subarray(await this.#waitFor(sending, options, this.#full));
    }
  }

  async #put(bytes: Uint8Array): Promise<number> {
    try {
      const count = await this.#conn.write(bytes);
      this.#bytesWritten += count;
      return count;
    } catch (error) {
      throw this.#failed(error, "write");
    } finally {
      this.#sending = undefined;
    }
  }

  /** An operation of the runtime's, with the limits of our options. */
  #waitFor<T>(operation: Promise<T>, options: WaitOptions, late: (timeout: number) => Error): Promise<T> {
    return wait<T>(options, late, ({ resolve, reject }) => {
      this.#interrupts.add(reject);
      const done = () => void this.#interrupts.delete(reject);
      operation.then((value) => (done(), resolve(value)), (error) => (done(), reject(error)));
      return done;
    });
  }

  #failed(error: unknown, syscall: "read" | "write"): unknown {
    const { code } = error as { code?: unknown };
    if (typeof code !== "string") return error;
    this.#broken = true;
    const action = `Cannot ${syscall === "read" ? "read from" : "write to"} ${this.#name}`;
    // A write to what the other side has reset is a broken pipe, whichever of the two the kernel noticed first.
    if (syscall === "write" && (code === "ECONNRESET" || code === "EPIPE" || code === "ECONNABORTED")) {
      return systemError("EPIPE", { action, syscall, reason: "the other side is gone" });
    }
    return systemError(code as ErrnoName, { action, syscall });
  }

  readonly #full = (timeout: number): Error =>
    timedOut(`Cannot write to ${this.#name}`, "it was full, and nobody read from it", timeout);

  #mustBeOpen(action: string): void {
    if (this.closed) throw notOurs(`Cannot ${action} ${this.#name}`, "it is closed");
  }

  #mustBeWritable(): void {
    this.#mustBeOpen("write to");
    if (this.#noMoreWrites) {
      throw notOurs(`Cannot write to ${this.#name}`, "closeWrite() has ended its writing");
    }
  }

  #mustBeIdle(): void {
    if (!this.#reading) return;
    throw busy(`Cannot read from ${this.#name}`, "a read of this handle is under way; await it first");
  }
}

/** An address as it is typed: a client's Unix socket has the path null with the runtime. */
export function plainAddr(addr: Deno.Addr): Deno.Addr {
  return "path" in addr ? { transport: addr.transport, path: addr.path ?? "" } : { ...addr };
}
