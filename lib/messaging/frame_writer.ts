import type { WaitOptions } from "../options.ts";
import type { ByteStream } from "../primitives/byte_stream.ts";
import { wait } from "../primitives/wait.ts";
import { COPIED } from "./codec.ts";

/** Where bytes go to: a stream, or the write end of a pipe. */
type ByteSink = Pick<ByteStream, "write" | "tryWrite">;

/** Small messages are joined in a block. It grows from the least size to the most as they come. */
const LEAST_BLOCK = 4096;
const MOST_BLOCK = 256 * 1024;

const HEADER = 4;
const LONG_HEADER = 12;

/** Of a body that is not copied, so much leaves with the header: a receiver is not woken for four bytes. */
const WITH_HEADER = 4096;

const EMPTY = new Uint8Array(0);

/** What is written in one go, and who waits for it. */
interface Piece {
  bytes: Uint8Array;
  state: "waiting" | "leaving" | "withdrawn";
  /** Writes all of it, when the sink's write is not what does; returns why nothing of it was written. */
  write?: ((bytes: Uint8Array) => Promise<unknown>) | undefined;
  readonly done: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * Puts messages on a stream of bytes, in order. Those that are sent in one turn leave together, in as few writes
 * as the kernel takes.
 */
export class FrameWriter {
  readonly #sink: ByteSink;
  readonly #tryWrite: ((p: Uint8Array) => number) | undefined;
  /** Where small messages are joined, and up to where. */
  #block = EMPTY;
  #used = 0;
  /** Up to here the block is in pieces that are queued. */
  #closed = 0;
  #size = LEAST_BLOCK;
  /** The piece that the block will be. */
  #joining: Piece | undefined;
  #queue: Piece[] = [];
  #scheduled = false;
  #draining: Promise<void> | undefined;
  #failure: Error | undefined;

  readonly #failed: (error: unknown) => Error;

  /** @param failed The error to give to senders for one of the sink's. */
  constructor(sink: ByteSink, failed: (error: unknown) => Error) {
    this.#sink = sink;
    this.#failed = failed;
    this.#tryWrite = sink.tryWrite === undefined ? undefined : (p) => sink.tryWrite!(p);
  }

  /** Whether something waits to be written. */
  get pending(): boolean {
    return this.#joining !== undefined || this.#queue.length > 0 || this.#draining !== undefined;
  }

  /** Resolves when all that was sent has left, or failed. */
  async finished(): Promise<void> {
    if (this.#draining === undefined) this.#flush();
    while (this.#draining !== undefined) await this.#draining;
  }

  /**
   * Puts a message behind those before. Resolves when the kernel has it. Up to COPIED bytes are copied at once; a
   * longer body must stay as it is until then.
   */
  send(body: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#scheduled && this.#draining === undefined) {
      this.#scheduled = true;
      queueMicrotask(this.#flush);
    }
    const { length } = body;
    const copied = length <= COPIED ? length : WITH_HEADER;
    this.#makeRoom(LONG_HEADER + copied);
    this.#header(length);
    this.#block.set(copied === length ? body : body.subarray(0, copied), this.#used);
    this.#used += copied;
    const piece = this.#joining ??= newPiece();
    if (copied === length) return piece.done;
    this.#closeBlock();
    const rest = newPiece(body.subarray(copied));
    this.#queue.push(rest);
    piece.done.catch(() => {}); // Its failure is the rest's, too; nobody else may be waiting for it.
    return rest.done;
  }

  /**
   * {@linkcode FrameWriter.send} with a wait that can be ended. A message of which nothing has left is withdrawn
   * then; otherwise the rest of it goes on leaving, as half a message would break the stream.
   */
  sendWithin(body: Uint8Array, options: WaitOptions, late: (timeout: number) => Error): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#closeBlock();
    const own = this.#queue.length;
    const sent = this.send(body);
    this.#closeBlock();
    const pieces = this.#queue.slice(own);
    return wait<void>(options, late, ({ resolve, reject }) => {
      sent.then(resolve, reject);
      return () => {
        if (pieces[0]!.state !== "waiting") return;
        for (const piece of pieces) piece.state = "withdrawn";
        this.#queue = this.#queue.filter((piece) => piece.state !== "withdrawn");
      };
    });
  }

  /**
   * Puts a message behind those before that something else than the sink writes, alone. An error that `write` returns
   * is this message's alone: nothing of it was written. One that it throws ends the stream.
   */
  sendBy(body: Uint8Array, write: (bytes: Uint8Array) => Promise<unknown>): Promise<void> {
    this.#closeBlock();
    const own = this.#queue.length;
    const joined = this.send(body);
    this.#closeBlock();
    const pieces = this.#queue.splice(own);
    if (pieces.length === 0) return joined; // It failed before.
    const bytes = new Uint8Array(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece.bytes, at);
      at += piece.bytes.length;
    }
    const piece = newPiece(bytes);
    piece.write = write;
    this.#queue.push(piece);
    return piece.done;
  }

  /** Writes what the kernel takes now; what it does not take is lost, and those who wait for it get the reason. */
  end(reason: Error): void {
    if (this.#draining === undefined && this.#failure === undefined) this.#flush();
    this.#fail(reason);
  }

  /** In a microtask after the first send of a turn. */
  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#draining !== undefined) return;
    this.#closeBlock();
    while (this.#queue.length > 0) {
      const piece = this.#queue[0]!;
      piece.state = "leaving";
      let { bytes } = piece;
      if (this.#tryWrite !== undefined && piece.write === undefined) {
        try {
          bytes = bytes.subarray(this.#tryWrite(bytes));
        } catch (error) {
          return this.#fail(this.#failed(error));
        }
      }
      if (bytes.length > 0) {
        this.#draining = this.#drain(piece, bytes);
        return;
      }
      this.#queue.shift();
      piece.resolve();
    }
    this.#used = this.#closed = 0;
  };

  /** Goes on when the kernel takes no more at once. */
  async #drain(piece: Piece, rest: Uint8Array): Promise<void> {
    // What is sent meanwhile is joined behind what is being written.
    this.#queue.shift();
    try {
      const refused = await (piece.write === undefined ? this.#sink.write(rest) : piece.write(rest));
      if (refused === undefined) piece.resolve();
      else piece.reject(this.#failed(refused));
      this.#draining = undefined;
      this.#flush();
    } catch (error) {
      this.#draining = undefined;
      const failure = this.#failed(error);
      piece.reject(failure);
      this.#fail(failure);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#closeBlock();
    for (const piece of this.#queue.splice(0)) piece.reject(this.#failure);
    this.#block = EMPTY;
    this.#used = this.#closed = 0;
  }

  /** Room in the block for so many bytes; a full one leaves before. */
  #makeRoom(bytes: number): void {
    if (this.#block.length - this.#used >= bytes) return;
    this.#closeBlock();
    if (this.#block.length > 0) this.#size = Math.min(this.#size * 4, MOST_BLOCK);
    this.#block = new Uint8Array(Math.max(this.#size, bytes));
    this.#used = this.#closed = 0;
  }

  /** What was joined so far becomes a piece of its own. */
  #closeBlock(): void {
    const piece = this.#joining;
    if (piece === undefined) return;
    this.#joining = undefined;
    piece.bytes = this.#block.subarray(this.#closed, this.#used);
    this.#closed = this.#used;
    this.#queue.push(piece);
  }

  #header(length: number): void {
    const block = this.#block;
    let at = this.#used;
    if (length > 0x7fffffff) {
      new DataView(block.buffer).setInt32(at, -1);
      new DataView(block.buffer).setBigUint64(at + HEADER, BigInt(length));
      this.#used += LONG_HEADER;
      return;
    }
    block[at++] = length >>> 24;
    block[at++] = length >>> 16;
    block[at++] = length >>> 8;
    block[at] = length;
    this.#used += HEADER;
  }
}

function newPiece(bytes: Uint8Array = EMPTY): Piece {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { bytes, state: "waiting", done: promise, resolve, reject };
}
