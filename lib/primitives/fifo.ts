import { succeeded, systemError, timedOut } from "../errors.ts";
import { O_RDONLY, O_WRONLY } from "../ffi/fcntl.ts";
import { sleep } from "../ffi/poll.ts";
import { mkfifo as mkfifoCall } from "../ffi/stat.ts";
import { checkWait, countOf, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import { identityOf, openEnd, openEndBlocking, writerCame } from "./fifo_end.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import { pathOf } from "./path.ts";
import { setCapacity } from "./pipe_capacity.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { rendezvous, rendezvousSync } from "./rendezvous.ts";

/** Options of {@linkcode mkfifo}. */
export interface MkfifoOptions {
  /** Who may open it, narrowed by the umask. Default: 0o600, the owner alone. */
  mode?: number | undefined;
}

/** What {@linkcode openFifoWriter} and its twin can be told beside how long to wait. */
export interface FifoOptions {
  /** false: do not wait for the other side (O_NONBLOCK). Default: true. */
  wait?: boolean | undefined;
  /** How many bytes the fifo holds before writers wait; for all who have it open. Linux only. Default: 64 KiB. */
  capacity?: number | undefined;
}

/** What {@linkcode openFifoReader} and its twin can be told beside how long to wait. */
export interface FifoReaderOptions extends FifoOptions {
  /**
   * Writers may come and go: no end when the last one leaves. The reader holds a write end of its own, so that
   * other readers of the fifo see no end either. Default: false.
   */
  persistent?: boolean | undefined;
}

/** Options of {@linkcode openFifoWriter}. */
export interface OpenFifoOptions extends FifoOptions, WaitOptions {}
/** Options of {@linkcode openFifoReader}. */
export interface OpenFifoReaderOptions extends FifoReaderOptions, WaitOptions {}
/** Options of {@linkcode openFifoWriterSync}. */
export interface OpenFifoSyncOptions extends FifoOptions, SyncWaitOptions {}
/** Options of {@linkcode openFifoReaderSync}. */
export interface OpenFifoReaderSyncOptions extends FifoReaderOptions, SyncWaitOptions {}

/**
 * {@linkcode mkfifo}, at once.
 *
 * @throws The errors of mkfifo
 */
export function mkfifoSync(path: string | URL, options: MkfifoOptions = {}): void {
  const name = pathOf(path);
  const mode = countOf("mode", options.mode ?? 0o600, 0);
  if (mode > 0o777) throw new RangeError(`The option mode takes 0 to 0o777, and got 0o${mode.toString(8)}`);
  succeeded(mkfifoCall(name, mode), { action: `Cannot make fifo '${name}'`, syscall: "mkfifo", path: name });
}

/**
 * Makes a fifo: a pipe with a name, for programs that know only the path. It stays until it is unlinked
 * (`Deno.remove`), whoever uses it.
 *
 * Needs `--allow-ffi`. As mkfifo(3) and fifo(7).
 *
 * @throws {Deno.errors.AlreadyExists} Something has that name (EEXIST), be it a fifo: open that, or remove it
 * @throws {Deno.errors.NotFound} The folder does not exist
 * @throws {Deno.errors.PermissionDenied} The folder is not writable
 * @throws {RangeError} A mode above 0o777; a name that is too long
 *
 * @example
 * ```ts
 * import { mkfifo, openFifoReader, openFifoWriter } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/fifo`;
 * await mkfifo(path);
 * const [reader, writer] = await Promise.all([openFifoReader(path), openFifoWriter(path)]);
 * await writer.write("through a name\n");
 * writer.close();
 * for await (const line of reader.lines()) console.log(line);
 * reader.close();
 * Deno.removeSync(path);
 * ```
 */
// deno-lint-ignore require-await
export async function mkfifo(path: string | URL, options: MkfifoOptions = {}): Promise<void> {
  mkfifoSync(path, options);
}

/**
 * Opens a fifo to read from it.
 *
 * - It waits until a writer opens the fifo, be it one in another language, and counts as a reader during the
 *   wait: a writer that comes does not wait. `{ wait: false }` opens at once; with no writer there, reads then
 *   return null, as at an end.
 * - The end comes when the last writer leaves; with `{ persistent: true }` it does not.
 * - A writer is noticed 1 to 16 ms after it came. The wait uses no thread.
 * - An abort or a time-out looks a last time: when a writer is there, or has left bytes, the promise resolves. Who
 *   comes in the microseconds after it gets EPIPE, or loses what it has written by then, as with every reader that
 *   leaves.
 *
 * Needs `--allow-ffi`. As open(2) and fifo(7).
 *
 * @throws {Deno.errors.NotFound} The path does not exist: mkfifo it first
 * @throws {Deno.errors.InvalidData} It is not a fifo, or leads to something else (a directory: IsADirectory)
 * @throws {Deno.errors.PermissionDenied} It may not be read
 * @throws {Deno.errors.TimedOut} No writer within the time-out
 *
 * @example Writers come and go
 * ```ts
 * import { mkfifo, openFifoReader, openFifoWriter } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/fifo`;
 * await mkfifo(path);
 * using reader = await openFifoReader(path, { persistent: true, wait: false });
 * for (const name of ["first", "second"]) {
 *   using writer = await openFifoWriter(path);
 *   await writer.write(`from the ${name} writer\n`);
 * }
 * let count = 0;
 * for await (const line of reader.lines()) {
 *   console.log(line);
 *   if (++count === 2) break;
 * }
 * Deno.removeSync(path);
 * ```
 */
export async function openFifoReader(
  path: string | URL,
  options: OpenFifoReaderOptions = {},
): Promise<PipeReader> {
  checkWait(options);
  const name = pathOf(path);
  const descriptor = openEnd(name, O_RDONLY)!;
  try {
    const came = () => writerCame(descriptor) || undefined;
    const withdraw = () => descriptor.close();
    if ((options.wait ?? true) && !came()) await rendezvous(came, options, noWriter(name), withdraw);
    return makeReader(descriptor, name, options);
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/**
 * {@linkcode openFifoReader}, blocking this thread: nothing else of this thread runs until a writer comes.
 *
 * @throws The errors of openFifoReader
 */
export function openFifoReaderSync(path: string | URL, options: OpenFifoReaderSyncOptions = {}): PipeReader {
  const timeout = timeoutOf(options);
  const name = pathOf(path);
  const wait = options.wait ?? true;
  const descriptor = wait && timeout === Infinity
    ? openEndBlocking(name, O_RDONLY)
    : openEnd(name, O_RDONLY)!;
  try {
    const came = () => writerCame(descriptor) || undefined;
    if (wait && timeout !== Infinity) rendezvousSync(came, timeout, noWriter(name), sleep);
    return makeReader(descriptor, name, options);
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/**
 * Opens a fifo to write to it.
 *
 * - It waits until a reader has the fifo open, or waits in its own open, be it one in another language.
 *   `{ wait: false }` does not wait: with no reader it rejects with ENXIO.
 * - The reader is noticed 1 to 16 ms after it came. The wait uses no thread.
 * - When the last reader leaves, writes reject with `Deno.errors.BrokenPipe`.
 *
 * Needs `--allow-ffi`. As open(2) and fifo(7).
 *
 * @throws {Deno.errors.NotConnected} With `{ wait: false }`: no reader (ENXIO); start the reader, or wait
 * @throws {Deno.errors.NotFound} The path does not exist (any more): mkfifo it first
 * @throws {Deno.errors.InvalidData} It is not a fifo, or leads to something else (a directory: IsADirectory)
 * @throws {Deno.errors.PermissionDenied} It may not be written
 * @throws {Deno.errors.TimedOut} No reader within the time-out
 *
 * @example
 * ```ts
 * import { mkfifo, openFifoWriter } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/fifo`;
 * await mkfifo(path);
 * try {
 *   await openFifoWriter(path, { timeout: 20 });
 * } catch (error) {
 *   console.log(error instanceof Deno.errors.TimedOut); // Nobody reads from it.
 * }
 * Deno.removeSync(path);
 * ```
 */
export async function openFifoWriter(path: string | URL, options: OpenFifoOptions = {}): Promise<PipeWriter> {
  checkWait(options);
  const name = pathOf(path);
  const now = openEnd(name, O_WRONLY);
  if (now === undefined && options.wait === false) throw noReaderNow(name);
  const attempt = () => openEnd(name, O_WRONLY, true);
  return makeWriter(now ?? await rendezvous(attempt, options, noReader(name)), options);
}

/**
 * {@linkcode openFifoWriter}, blocking this thread: nothing else of this thread runs until a reader comes.
 *
 * @throws The errors of openFifoWriter
 */
export function openFifoWriterSync(path: string | URL, options: OpenFifoSyncOptions = {}): PipeWriter {
  const timeout = timeoutOf(options);
  const name = pathOf(path);
  if ((options.wait ?? true) && timeout === Infinity) {
    return makeWriter(openEndBlocking(name, O_WRONLY), options);
  }
  const attempt = () => openEnd(name, O_WRONLY);
  if (options.wait ?? true) {
    return makeWriter(rendezvousSync(attempt, timeout, noReader(name), sleep), options);
  }
  const now = attempt();
  if (now === undefined) throw noReaderNow(name);
  return makeWriter(now, options);
}

function makeReader(descriptor: FileDescriptor, path: string, options: FifoReaderOptions): PipeReader {
  setCapacity(descriptor, options.capacity);
  if (options.persistent !== true) return new PipeReader(descriptor);
  const keptOpen = openEnd(path, O_WRONLY);
  if (keptOpen !== undefined && identityOf(keptOpen) === identityOf(descriptor)) {
    return new PipeReader(descriptor, keptOpen);
  }
  keptOpen?.close();
  const action = `Cannot keep fifo '${path}' open`;
  throw systemError("ENOENT", {
    action,
    syscall: "open",
    path,
    reason: "it was replaced by another in the meantime",
  });
}

function makeWriter(descriptor: FileDescriptor, options: FifoOptions): PipeWriter {
  try {
    setCapacity(descriptor, options.capacity);
    return new PipeWriter(descriptor);
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

/** @internal */
export function noWriter(path: string): (timeout: number) => Error {
  return (timeout) => timedOut(`Cannot open fifo '${path}' to read`, "no writer came", timeout);
}

/** @internal */
export function noReader(path: string): (timeout: number) => Error {
  return (timeout) => timedOut(`Cannot open fifo '${path}' to write`, "no reader came", timeout);
}

function noReaderNow(path: string): Error {
  return systemError("ENXIO", {
    action: `Cannot open fifo '${path}' to write`,
    syscall: "open",
    path,
    reason: "no reader has it open",
    advice: "start the reader first, or leave { wait: false } out",
  });
}
