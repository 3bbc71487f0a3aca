import type { WaitOptions } from "../options.ts";

/**
 * Bytes both ways: what a message connection needs. {@linkcode SocketStream} and {@linkcode DuplexFifo} have this
 * shape, and so has any object with a reader's `read` and a writer's `write`.
 */
export interface ByteStream {
  /** Reads what is there, waiting for at least one byte: null at the end. An aborted read loses nothing. */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null>;
  /** Writes all of `p`. */
  write(p: Uint8Array, options?: WaitOptions): Promise<unknown>;
  /** Reads without waiting: 0 when nothing is there now. Only where the stream has its own descriptor. */
  tryRead?: ((p: Uint8Array) => number | null) | undefined;
  /** Writes what fits now: 0 when it is full. Only where the stream has its own descriptor. */
  tryWrite?: ((p: Uint8Array) => number) | undefined;
  /** Gives the stream up. Once or often. */
  close(): void;
}
