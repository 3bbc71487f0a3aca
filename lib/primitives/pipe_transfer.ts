import { notOurs } from "../errors.ts";
import type { FileDescriptor } from "./file_descriptor.ts";

/** A pipe's end on its way to another thread of this process. It can be posted, and received once. */
export interface TransferredPipe {
  /** Which end. */
  readonly end: "reader" | "writer";
  /** The descriptor's number, the same in all threads. */
  readonly fd: number;
  /** A write end that keeps a persistent reader's fifo open. */
  readonly keptOpen: number | undefined;
  /** What the end is, for messages. */
  readonly name: string;
  /** Bytes that were read and not yet returned. */
  readonly held: Uint8Array<ArrayBuffer> | undefined;
  /** The process, as the number means something else in another. */
  readonly pid: number;
  /** 1 once it was received. Shared, so that one receiver wins. */
  readonly received: Int32Array<SharedArrayBuffer>;
}

/** Gives a descriptor up for a receiver. */
export function send(
  end: "reader" | "writer",
  descriptor: FileDescriptor,
  keptOpen?: FileDescriptor,
  held?: Uint8Array<ArrayBuffer>,
): TransferredPipe {
  const because = "it was transferred to another thread";
  const received = new Int32Array(new SharedArrayBuffer(4));
  const fd = descriptor.release("transfer", because);
  const kept = keptOpen?.release("transfer", because);
  return { end, fd, keptOpen: kept, name: descriptor.name, held, pid: Deno.pid, received };
}

/** Takes a descriptor over: the first caller, in whatever thread, owns it. */
export function receive(transferred: TransferredPipe, end: "reader" | "writer"): TransferredPipe {
  const { received, pid } = transferred ?? {};
  if (!(received instanceof Int32Array) || !(received.buffer instanceof SharedArrayBuffer)) {
    throw new TypeError(
      "Cannot receive this as a pipe: give it what transfer() returned, posted within one process",
    );
  }
  if (transferred.end !== end) {
    throw new TypeError(`Cannot receive a ${transferred.end} as a ${end}: use the other class's from()`);
  }
  if (pid !== Deno.pid) throw notOurs(`Cannot receive ${transferred.name}`, "it belongs to another process");
  if (Atomics.exchange(received, 0, 1) !== 0) {
    throw notOurs(`Cannot receive ${transferred.name}`, "it was received before");
  }
  return transferred;
}
