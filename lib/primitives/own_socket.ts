import { busy, succeeded, systemError, timedOut } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { SHUT_RD, SHUT_RDWR, SHUT_WR, shutdown } from "../ffi/socket.ts";
import { type Received, recvmsg, sendmsg } from "../ffi/socket_message.ts";
import { read } from "../ffi/unistd.ts";
import type { LinesOptions, ReadAllOptions, SyncWaitOptions, WaitOptions } from "../options.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import { LINGER, SILENCE } from "./linger.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { lookAgain, whenReady } from "./readiness.ts";
import { Turns } from "./turns.ts";

/** Where the two sides of a connection are. */
export interface Addresses {
  localAddr: Deno.Addr;
  remoteAddr: Deno.Addr;
}

const UNNAMED: Deno.Addr = { transport: "unix", path: "" };
const EMPTY = new Uint8Array(0);

/** A connection with a descriptor of our own: a reader and a writer of one socket. */
export class OwnSocket {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly #descriptor: FileDescriptor;
  readonly #reader: PipeReader;
  readonly #writer: PipeWriter;
  /** What must be sent in one piece with something else, and the writes that come after it. */
  readonly #sendings = new Turns();
  /** Whether another process has the socket, too: what ends it here would end it there. */
  #shared: boolean;
  #noMoreWrites = false;
  #sent = 0;
  #closing: Promise<void> | undefined;

  constructor(descriptor: FileDescriptor, addresses: Partial<Addresses> = {}, shared = false) {
    this.#descriptor = descriptor;
    this.#shared = shared;
    this.localAddr = addresses.localAddr ?? UNNAMED;
    this.remoteAddr = addresses.remoteAddr ?? UNNAMED;
    this.#reader = new PipeReader(descriptor);
    this.#writer = new PipeWriter(descriptor.share(), this.localAddr.transport !== "tcp");
  }

  get closed(): boolean {
    return this.#descriptor.closed;
  }

  get bytesWritten(): number {
    return this.#writer.bytesWritten + this.#sent;
  }

  /** The descriptor, for calls that are made now. */
  get descriptor(): FileDescriptor {
    return this.#descriptor;
  }

  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return this.#reader.read(p, options);
  }

  readSync(p: Uint8Array, options?: SyncWaitOptions): number | null {
    return this.#reader.readSync(p, options);
  }

  tryRead(p: Uint8Array): number | null {
    return this.#reader.tryRead(p);
  }

  lines(options?: LinesOptions): AsyncIterableIterator<string> {
    return this.#reader.lines(options);
  }

  bytes(options?: ReadAllOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#reader.bytes(options);
  }

  write(p: Uint8Array | string, options?: WaitOptions): Promise<void> {
    if (!this.#sendings.taken) return this.#writer.write(p, options);
    return this.#inTurn(options, () => this.#writer.write(p, options));
  }

  writeSync(p: Uint8Array | string, options?: SyncWaitOptions): void {
    this.#mustBeIdle();
    this.#writer.writeSync(p, options);
  }

  tryWrite(p: Uint8Array | string): number {
    this.#mustBeIdle();
    return this.#writer.tryWrite(p);
  }

  /** Sends bytes with descriptors, after all the writes before it. The descriptors travel with the first byte. */
  async send(bytes: Uint8Array, descriptors: number[], options: WaitOptions): Promise<void> {
    const attempt = () => {
      const count = sendmsg(this.#descriptor.number("send descriptors over"), bytes, descriptors);
      if (count === -errno("EAGAIN")) return undefined;
      const action = `Cannot send descriptors over ${this.#descriptor.name}`;
      return succeeded(count === -errno("ECONNRESET") ? -errno("EPIPE") : count, {
        action,
        syscall: "sendmsg",
      });
    };
    await this.#inTurn(options, async () => {
      const count = attempt() ?? await whenReady(this.#descriptor, attempt, options, this.#full);
      this.#sent += count;
      if (count < bytes.byteLength) await this.#writer.write(bytes.subarray(count), options);
    });
  }

  /** Receives bytes, and the descriptors that travel with them. */
  receive(p: Uint8Array, options: WaitOptions): Promise<Received> {
    const action = `Cannot receive descriptors from ${this.#descriptor.name}`;
    const attempt = () => {
      const received = recvmsg(this.#descriptor.number("receive descriptors from"), p);
      if (received === -errno("EAGAIN")) return undefined;
      if (typeof received === "number") throw systemError(received, { action, syscall: "recvmsg" });
      return received;
    };
    const late = (timeout: number) => timedOut(action, "nothing came", timeout);
    return this.#reader.exclusively(
      "receive descriptors from",
      async () => attempt() ?? await whenReady(this.#descriptor, attempt, options, late),
    );
  }

  /** Ends writing, after the writes under way. */
  async closeWrite(): Promise<void> {
    const fd = this.#descriptor.number("write to");
    if (this.#noMoreWrites) return;
    this.#noMoreWrites = true;
    await this.#inTurn(undefined, () => Promise.resolve()).catch(() => {}); // The write before may have failed.
    if (this.closed) return;
    this.#writer.close();
    shutdown(fd, SHUT_WR);
  }

  /** Refuses what the other side still sends: it gets BrokenPipe. */
  closeRead(): void {
    if (!this.closed && !this.#shared) shutdown(this.#descriptor.number("end"), SHUT_RD);
  }

  /** A copy of the descriptor for another process, whose socket it is, too, from now on. */
  lend(action: string, least?: number): number {
    this.#reader.mustHaveNothingAhead(action);
    this.#mustBeIdle(action);
    const copy = this.#descriptor.copy(action, least);
    this.#shared = true;
    return copy;
  }

  /** Closes this handle because a child has the socket now. */
  handedOver(): void {
    this.#writer.handedOver();
    this.#reader.handedOver();
  }

  /** Closes it in good order, unless another process has it, too. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    if (this.closed) return;
    const rest = this.#shared ? undefined : this.#descriptor.share();
    this.#writer.close();
    this.#reader.close();
    lookAgain();
    if (rest === undefined) return;
    try {
      if (this.localAddr.transport === "tcp") await linger(rest);
      else drain(rest.number("close"));
    } finally {
      rest.close();
    }
  }

  /** Does something after all the writes before it, and before all those after it. */
  async #inTurn<T>(options: WaitOptions | undefined, body: () => Promise<T>): Promise<T> {
    const before = this.#sendings.take(options, this.#full);
    if (before !== undefined) await before;
    try {
      await this.#writer.write(EMPTY, options); // Its turn comes after the others'.
      return await body();
    } finally {
      this.#sendings.pass();
    }
  }

  #mustBeIdle(action = "write to"): void {
    if (!this.#sendings.taken) return;
    throw busy(
      `Cannot ${action} ${this.#descriptor.name}`,
      "writes of this handle are under way; await them first",
    );
  }

  readonly #full = (timeout: number): Error =>
    timedOut(`Cannot write to ${this.#descriptor.name}`, "it was full, and nobody read from it", timeout);
}

/**
 * Ends both directions of a Unix socket, and throws away what is there: no more can come. With bytes unread the other
 * side would get an error behind what was written, where it gets an end now.
 */
function drain(fd: number): void {
  shutdown(fd, SHUT_RDWR);
  const space = new Uint8Array(65536);
  while (read(fd, space) > 0);
}

/** Ends writing over TCP, and throws away what comes. */
async function linger(rest: FileDescriptor): Promise<void> {
  shutdown(rest.number("close"), SHUT_WR);
  const reader = new PipeReader(rest);
  const space = new Uint8Array(65536);
  const end = performance.now() + LINGER;
  try {
    while (await reader.read(space, { timeout: SILENCE }) !== null && performance.now() < end);
  } catch {
    // It was silent, or it is broken.
  } finally {
    reader.close();
  }
}
