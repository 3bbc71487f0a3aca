/**
 * Interprocess communication for Deno: pipes, fifos and children, with the waiting, the ends and the errors of
 * POSIX, on the event loop.
 *
 * @example A pipe to a child of any language
 * ```ts
 * import { pipe, spawn } from "@ipc/ipc";
 *
 * const { reader, writer } = pipe();
 * const child = spawn("sh", { args: ["-c", "echo hello >&3"], fds: { 3: writer } });
 * for await (const line of reader.lines()) console.log(`the child says ${line}`);
 * reader.close();
 * await child.status;
 * ```
 *
 * @module
 */

export type { SystemErrorFields } from "./lib/errors.ts";
export type { LinesOptions, SyncWaitOptions, WaitOptions } from "./lib/options.ts";
export {
  type ChildDescriptor,
  type ChildPipe,
  ChildProcess,
  spawn,
  type SpawnOptions,
} from "./lib/primitives/child_process.ts";
export { DuplexFifo, type DuplexFifoOptions } from "./lib/primitives/duplex_fifo.ts";
export {
  type FifoOptions,
  type FifoReaderOptions,
  mkfifo,
  type MkfifoOptions,
  mkfifoSync,
  type OpenFifoOptions,
  openFifoReader,
  type OpenFifoReaderOptions,
  openFifoReaderSync,
  type OpenFifoReaderSyncOptions,
  type OpenFifoSyncOptions,
  openFifoWriter,
  openFifoWriterSync,
} from "./lib/primitives/fifo.ts";
export { inheritedReader, inheritedWriter } from "./lib/primitives/inherited.ts";
export { type Pipe, pipe, type PipeOptions } from "./lib/primitives/pipe.ts";
export { PipeReader } from "./lib/primitives/pipe_reader.ts";
export type { TransferredPipe } from "./lib/primitives/pipe_transfer.ts";
export { PipeWriter } from "./lib/primitives/pipe_writer.ts";
export { type Support, support, type Supported } from "./lib/support.ts";
