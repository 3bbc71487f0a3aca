import { missingForCalls } from "../ffi/library.ts";
import { dieWithParent } from "../ffi/prctl.ts";
import { closeOnExec, read, write } from "../ffi/unistd.ts";
import { builtin } from "../primitives/builtin.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { descriptorCalls, type Packed } from "./travelling.ts";

/**
 * The descriptor of a child that leads to its parent. A socket as any other number would take the runtime 2.5 ms more: it
 * starts a child by fork(2) then, and otherwise by posix_spawn(3).
 */
const LINE = 0;

/** A frame's header: its length. */
const HEADER = 4;

/** A message with the descriptors that came with it. */
interface Received {
  bytes: Uint8Array<ArrayBuffer>;
  descriptors: ReceivedDescriptor[];
}

/**
 * A child's side of its line to the parent. One message comes, and one goes; a pool's worker goes on with it.
 */
export abstract class ParentLine {
  /** The line: over the C library where it can be called, otherwise over node:net, which needs no permission. */
  static open(): ParentLine {
    return missingForCalls() === undefined ? new DirectLine() : new NetLine();
  }

  /** The same line for many messages, each waited for on the event loop, once the order has come. */
  abstract lasting(): ParentLine;

  /** Waits for the order, or a message; the process ends when the parent does. */
  abstract receive(): Received | Promise<Received>;

  /** Sends the answer, or a message. */
  abstract send(answer: Packed): void | Promise<void>;

  /** From now on this process ends when the parent does. False: that has ended. */
  abstract dieWith(parent: number): boolean;
}

/** Nothing else has to be done at the time: it waits on the thread, as the descriptor is a blocking one. */
class DirectLine extends ParentLine {
  constructor() {
    super();
    // The runtime has left a second copy of the descriptor, which is nothing for this process's children.
    closeOnExec(3);
  }

  receive(): Received {
    const descriptors: ReceivedDescriptor[] = [];
    const header = this.#read(HEADER, descriptors);
    const bytes = this.#read(new DataView(header.buffer).getInt32(0), descriptors);
    return { bytes, descriptors };
  }

  lasting(): ParentLine {
    return new NetLine();
  }

  send({ bytes, copies, stay }: Packed): void {
    const frame = framed(bytes);
    for (let sent = 0; sent < frame.length;) {
      const rest = frame.subarray(sent);
      const count =
        (sent === 0 && copies.length > 0 ? descriptorCalls()?.send(LINE, rest, copies) : undefined)
          ?? write(LINE, rest);
      if (count <= 0) break; // The parent has ended.
      sent += count;
    }
    stay();
  }

  dieWith(parent: number): boolean {
    if (Deno.build.os !== "linux") return watchStdin();
    return dieWithParent(parent);
  }

  #read(length: number, descriptors: ReceivedDescriptor[]): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const rest = bytes.subarray(filled);
      const count = descriptorCalls()?.receive(LINE, rest, descriptors) ?? read(LINE, rest);
      if (count <= 0) Deno.exit(0); // The parent has ended.
      filled += count;
    }
    return bytes;
  }
}

/** Without --allow-ffi. Descriptors do not come this way. */
class NetLine extends ParentLine {
  readonly #socket = new (builtin("node:net").Socket)({ fd: LINE, readable: true, writable: true });
  #held: Uint8Array[] = [];
  #length = 0;
  #arrived: (() => void) | undefined;

  constructor() {
    super();
    this.#socket.on("data", (bytes: Uint8Array) => {
      this.#held.push(bytes);
      this.#length += bytes.length;
      this.#arrived?.();
    });
    const end = () => Deno.exit(0);
    this.#socket.on("end", end);
    this.#socket.on("error", end);
  }

  async receive(): Promise<Received> {
    this.#socket.ref();
    while (this.#length < HEADER) await this.#more();
    const header = this.#joined();
    const end = HEADER + new DataView(header.buffer, header.byteOffset).getInt32(0);
    while (this.#length < end) await this.#more();
    const all = this.#joined();
    this.#held = [all.subarray(end)];
    this.#length = all.length - end;
    this.#socket.unref();
    return { bytes: all.slice(HEADER, end), descriptors: [] };
  }

  lasting(): ParentLine {
    return this;
  }

  send({ bytes, copies, stay }: Packed): Promise<void> {
    if (copies.length > 0) {
      stay();
      throw new TypeError("Cannot send handles of this library here: only on Linux, with --allow-ffi");
    }
    this.#socket.ref();
    return new Promise((resolve) => this.#socket.write(framed(bytes), () => resolve()));
  }

  dieWith(): boolean {
    return true; // The end of the line ends it.
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#arrived = resolve);
  }

  /** All that came and was not taken, in one piece. */
  #joined(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let filled = 0;
    for (const part of this.#held) {
      all.set(part, filled);
      filled += part.length;
    }
    this.#held = [all];
    return all;
  }
}

/** Puts the length before a message. */
function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER + bytes.length);
  new DataView(frame.buffer).setInt32(0, bytes.length);
  frame.set(bytes, HEADER);
  return frame;
}

/** Where the kernel does not tell of the parent's end: nothing comes over the line any more but its end. */
function watchStdin(): boolean {
  const socket = new (builtin("node:net").Socket)({ fd: LINE, readable: true, writable: false });
  const end = () => Deno.exit(0);
  socket.on("end", end);
  socket.on("error", end);
  socket.resume();
  socket.unref();
  return true;
}
