import { lstat } from "../ffi/stat.ts";
import { unlink } from "../ffi/unistd.ts";
import type { LinesOptions, WaitOptions } from "../options.ts";
import { openBoth } from "./duplex_opening.ts";
import { type MkfifoOptions, mkfifoSync } from "./fifo.ts";
import { pathOf } from "./path.ts";
import type { PipeReader } from "./pipe_reader.ts";
import type { PipeWriter } from "./pipe_writer.ts";

/** Options of {@linkcode DuplexFifo.listen}. */
export interface DuplexFifoOptions extends WaitOptions, MkfifoOptions {}

/**
 * A conversation of two programs that know one path, over two fifos: the server reads `path.in` and writes
 * `path.out`, the client the other way round. Other programs take part with what they have:
 * `echo hello > path.in; cat path.out`.
 *
 * - One server and one client: a fifo does not keep several clients apart. For those use sockets.
 * - The end of the other side is an end of `read` and `lines`, and BrokenPipe for `write`.
 *
 * Needs `--allow-ffi`. As fifo(7).
 *
 * @example
 * ```ts
 * import { DuplexFifo } from "@ipc/ipc";
 *
 * const path = `${Deno.makeTempDirSync()}/pipe`;
 * const listening = DuplexFifo.listen(path);
 * await using client = await DuplexFifo.connect(path);
 * await using server = await listening;
 *
 * await client.write("ping\n");
 * for await (const line of server.lines()) {
 *   await server.write(`got ${line}\n`);
 *   break;
 * }
 * for await (const line of client.lines()) {
 *   console.log(line);
 *   break;
 * }
 * ```
 */
export class DuplexFifo implements Disposable, AsyncDisposable {
  /** The fifo that the other side writes to. */
  readonly reader: PipeReader;
  /** The fifo that the other side reads from. */
  readonly writer: PipeWriter;
  readonly #made: MadeFifo[];

  private constructor(reader: PipeReader, writer: PipeWriter, made: MadeFifo[]) {
    this.reader = reader;
    this.writer = writer;
    this.#made = made;
  }

  /**
   * Makes `path.in` and `path.out` (both exist when this call has returned its promise) and waits until a client has
   * opened both. A fifo that is there already is used, and left in place at the end: who made it owns its name.
   *
   * Where the fifos stay for the next session, that one begins with its own words: while a client of the session before
   * is slow to read, or is being killed, this waits until it has read all or is gone, and so does `connect`. A client that
   * opens `path.out` first is noticed after 50 ms. Two things no fifo tells: a client that comes while another one is
   * there, or is just being killed, joins its session; and what a client wrote that outlives its server is read by the next
   * server. (On macOS, which does not tell what is unread, a session may begin with what a killed client had not read.)
   *
   * @throws {Deno.errors.TimedOut} No client within the time-out
   * @throws {Deno.errors.InvalidData} Something that is not a fifo has one of the names
   */
  static async listen(path: string | URL, options: DuplexFifoOptions = {}): Promise<DuplexFifo> {
    const name = pathOf(path);
    const made: MadeFifo[] = [];
    try {
      for (const fifo of [`${name}.in`, `${name}.out`]) {
        const one = makeMissing(fifo, options);
        if (one !== undefined) made.push(one);
      }
      return new DuplexFifo(...await openBoth(`${name}.in`, `${name}.out`, options, true), made);
    } catch (error) {
      made.forEach(remove);
      throw error;
    }
  }

  /**
   * Takes part in the conversation that a server listens for at `path`, waiting until it is there.
   *
   * @throws {Deno.errors.NotFound} The fifos do not exist: no server has been started
   * @throws {Deno.errors.TimedOut} The fifos exist, and no server came within the time-out
   */
  static async connect(path: string | URL, options: WaitOptions = {}): Promise<DuplexFifo> {
    const name = pathOf(path);
    return new DuplexFifo(...await openBoth(`${name}.out`, `${name}.in`, options, false), []);
  }

  /** The bytes of the other side as a Web Stream; see {@linkcode PipeReader.readable}. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.reader.readable;
  }

  /** The bytes to the other side as a Web Stream; see {@linkcode PipeWriter.writable}. */
  get writable(): WritableStream<Uint8Array> {
    return this.writer.writable;
  }

  /** {@linkcode PipeReader.read} of the other side's bytes. */
  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    return this.reader.read(p, options);
  }

  /** {@linkcode PipeWriter.write} to the other side. */
  write(p: Uint8Array | string, options?: WaitOptions): Promise<void> {
    return this.writer.write(p, options);
  }

  /** {@linkcode PipeReader.lines} of the other side's text. */
  lines(options?: LinesOptions): AsyncIterableIterator<string> {
    return this.reader.lines(options);
  }

  /** Closes both ends, and removes the fifos that this side made. Once or often. */
  close(): void {
    // Or the next session would begin with the last words of this one, while who said them is still dying.
    if (this.writer.isBroken) this.reader.discard();
    this.reader.close();
    this.writer.close();
    this.#made.splice(0).forEach(remove);
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For `await using`: as close. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}

/** A fifo that this side made, and which file it was: somebody may have put another in its place. */
interface MadeFifo {
  path: string;
  identity: string;
}

function makeMissing(path: string, options: MkfifoOptions): MadeFifo | undefined {
  try {
    mkfifoSync(path, options);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
  const status = lstat(path);
  return typeof status === "number" ? undefined : { path, identity: status.identity };
}

function remove({ path, identity }: MadeFifo): void {
  const status = lstat(path);
  if (typeof status !== "number" && status.identity === identity) unlink(path);
}
