import { systemError } from "../errors.ts";
import { pipe as kernelPipe } from "../ffi/unistd.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { setCapacity } from "./pipe_capacity.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";

/** Options of {@linkcode pipe}. */
export interface PipeOptions {
  /**
   * How many bytes the pipe holds before writers wait, rounded up by the kernel. Linux only. Default: the
   * kernel's, 64 KiB on Linux. 1 MiB moves large amounts about three times as fast.
   */
  capacity?: number | undefined;
}

/** The two ends of a pipe. `using` closes both. */
export interface Pipe extends Disposable {
  /** The end that bytes come out of. */
  reader: PipeReader;
  /** The end that bytes go into. */
  writer: PipeWriter;
}

/**
 * An anonymous pipe of the kernel: bytes go in at one end and come out at the other, in order, in one process,
 * between workers (`transfer()`), or between parent and child ({@linkcode spawn}'s `fds`).
 *
 * Both ends are close-on-exec: no child gets one that was not handed to it. Close both; the reader sees the end
 * (null) only when every writer is closed, a writer sees BrokenPipe only when every reader is.
 *
 * Needs `--allow-ffi`. As pipe(2).
 *
 * @throws {RangeError} A capacity below 1
 * @throws {Deno.errors.PermissionDenied} A capacity over /proc/sys/fs/pipe-max-size, and not root
 *
 * @example
 * ```ts
 * import { pipe } from "@ipc/ipc";
 *
 * using ends = pipe();
 * await ends.writer.write("hello\n");
 * ends.writer.close(); // The reader sees the end.
 * for await (const line of ends.reader.lines()) console.log(line);
 * ```
 */
export function pipe(options: PipeOptions = {}): Pipe {
  const ends = kernelPipe();
  if (typeof ends === "number") throw systemError(ends, { action: "Cannot make a pipe", syscall: "pipe2" });
  const reader = new PipeReader(new FileDescriptor(ends[0], "pipe"));
  const input = new FileDescriptor(ends[1], "pipe");
  const writer = new PipeWriter(input);
  const close = () => {
    reader.close();
    writer.close();
  };
  try {
    setCapacity(input, options.capacity);
  } catch (error) {
    close();
    throw error;
  }
  return { reader, writer, [Symbol.dispose]: close };
}
