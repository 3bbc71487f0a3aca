/**
 * Waiting for a descriptor on the event loop. node:net's Socket is what the runtime has for it: it adopts a pipe
 * or socket, and epoll (kqueue on macOS) wakes it up, with no thread. It gets a copy of the number, made when the
 * first wait needs it, so that it owns and closes its own; bytes that need no wait never come here.
 */

import type { Socket } from "node:net";
import { builtin } from "./builtin.ts";
import type { FileDescriptor } from "./file_descriptor.ts";

/** The most that is read or written in one step, once woken. */
const MOST_READ = 65536;

/** Up to so many bytes a write to a pipe is done whole or not at all: PIPE_BUF is 4096 on Linux, 512 on macOS. */
const PIPE_BUF = Deno.build.os === "linux" ? 4096 : 512;

/** Waits for bytes: one read(2) when they come. */
export class LoopReader {
  readonly #descriptor: FileDescriptor;
  #socket: Socket | undefined;
  #space = new Uint8Array(0);
  #armed = this.#space;
  #done: ((bytes: Uint8Array | null | Error) => void) | undefined;

  constructor(descriptor: FileDescriptor) {
    this.#descriptor = descriptor;
  }

  /**
   * Calls `done` once, with at most `length` bytes (good until the next start), null at the end of the stream, or
   * an error. The bytes are not read into the caller's memory: it could be detached during the wait, and the
   * runtime would write where it was.
   */
  start(length: number, done: (bytes: Uint8Array | null | Error) => void): void {
    length = Math.min(length, MOST_READ);
    if (this.#space.length < length) this.#space = new Uint8Array(length);
    const sameSize = this.#armed.length === length && this.#armed.buffer === this.#space.buffer;
    if (!sameSize) this.#armed = this.#space.subarray(0, length);
    this.#done = done;
    if (this.#socket === undefined) this.#socket = this.#adopt();
    else if (!sameSize) readInto(this.#socket, this.#armed);
    this.#socket.resume();
  }

  /** Ends the wait. Nothing is read after it. */
  stop(): void {
    this.#done = undefined;
    this.#socket?.pause();
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #adopt(): Socket {
    const options = {
      fd: this.#descriptor.copy("read from"),
      readable: true,
      writable: false,
      onread: {
        buffer: this.#armed,
        callback: (count: number) => {
          this.#settle(this.#armed.subarray(0, count)); // Not the callback's buffer: that is the first one for ever.
          return false; // Reads no more until the next start.
        },
      },
    };
    const socket = new (builtin("node:net").Socket)(options);
    const ended = (result: null | Error) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      socket.destroy();
      this.#settle(result);
    };
    socket.on("end", () => ended(null));
    socket.on("error", ended);
    return socket;
  }

  #settle(result: Uint8Array | null | Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(result);
  }
}

/** Tells a socket where its next read goes; by its handle, as node:net has no call for it. */
function readInto(socket: Socket, buffer: Uint8Array): void {
  (socket as unknown as { _handle: { useUserBuffer(buffer: Uint8Array): void } })._handle.useUserBuffer(
    buffer,
  );
}

/** Waits for room: one small write(2) when there is some. */
export class LoopWriter {
  readonly #descriptor: FileDescriptor;
  readonly #most: number;
  #socket: Socket | undefined;
  /** Room for what is written: used again by the next write, unless a socket was closed that still had it. */
  #space = new Uint8Array(0);
  /** The write under way. */
  #part: Uint8Array | undefined;

  /** @param whole Whether PIPE_BUF bytes go in whole or not at all. TCP takes what fits: one byte is whole. */
  constructor(descriptor: FileDescriptor, whole: boolean) {
    this.#descriptor = descriptor;
    this.#most = whole ? PIPE_BUF : 1;
  }

  /**
   * Writes the first bytes of `p` when there is room, and calls `done` once with their count or an error. So few go
   * in whole or not at all: a wait that is stopped, or fails, has written nothing.
   */
  start(p: Uint8Array, done: (result: number | Error) => void): void {
    // A copy, as the caller's memory could be detached during the wait.
    const length = Math.min(p.byteLength, this.#most);
    if (this.#space.length < length) this.#space = new Uint8Array(length);
    const part = this.#space.subarray(0, length);
    part.set(p.subarray(0, length));
    const socket = this.#socket ??= this.#adopt();
    this.#part = part;
    socket.write(part, (error) => {
      if (this.#socket !== socket) return;
      this.#part = undefined;
      if (error) this.#socket = undefined;
      done(error ?? part.length);
    });
  }

  /**
   * Ends the wait. Unless `done` is called before this resolves, nothing was written and nothing will be.
   *
   * The socket tries at once, and tells of a success in a later turn; closed before, it would never tell.
   */
  async stop(): Promise<void> {
    const part = this.#part;
    // Two, as the first may come in the turn in which the try was made.
    await nextTurn();
    await nextTurn();
    if (part !== undefined && this.#part === part) this.close();
  }

  close(): void {
    const socket = this.#socket;
    if (this.#part !== undefined) this.#space = new Uint8Array(0);
    this.#socket = this.#part = undefined;
    socket?.destroy();
  }

  #adopt(): Socket {
    const fd = this.#descriptor.copy("write to");
    const socket = new (builtin("node:net").Socket)({ fd, readable: false, writable: true });
    socket.on("error", () => {}); // The write's callback gets it as well.
    return socket;
  }
}

const STEPS_A_TURN = 64;
let steps = 0;

/**
 * After many steps that needed no wait, a promise that lets timers and other descriptors have their turn. A loop
 * over calls that are always ready would otherwise keep the event loop to itself.
 */
export function turn(): Promise<void> | undefined {
  if (++steps < STEPS_A_TURN) return undefined;
  steps = 0;
  return nextTurn();
}

/** Whether one more step can be taken before the {@linkcode turn} of others. */
export function anotherStep(): boolean {
  if (steps >= STEPS_A_TURN - 1) return false;
  steps++;
  return true;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
