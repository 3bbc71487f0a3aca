/** Opening both ends of a conversation over two fifos. */

import { O_RDONLY, O_WRONLY } from "../ffi/fcntl.ts";
import { checkWait, timeoutOf, type WaitOptions } from "../options.ts";
import { noReader, noWriter } from "./fifo.ts";
import { checkFifo, hasReader, openEnd, unreadIn, writerCame } from "./fifo_end.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import { PipeReader } from "./pipe_reader.ts";
import { PipeWriter } from "./pipe_writer.ts";
import { rendezvous } from "./rendezvous.ts";

/** So long, in milliseconds, who reads may be one of a session before that has not noticed its end yet. */
const LEAVING = 50;

/**
 * Opens both ends at once, as the other side may do it in either order, and waits until it has.
 *
 * Our end to write to is open while a reader is there that nobody has written to. Bytes that are there were written in a
 * session before: their reader is slow, or is being killed and has closed its other end alone. With a write end of ours
 * open, the slow one would see no end, and what the killed one leaves would be kept for the next.
 *
 * @param patient Whether a reader alone may be one that is leaving: it is given the time to.
 */
export async function openBoth(
  input: string,
  output: string,
  options: WaitOptions,
  patient: boolean,
): Promise<[PipeReader, PipeWriter]> {
  checkWait(options);
  const reader = openEnd(input, O_RDONLY)!;
  let writer: FileDescriptor | undefined;
  let came = false;
  let since = performance.now();
  const patience = patient ? Math.min(LEAVING, timeoutOf(options) / 2) : 0;
  const mayBeLeaving = () => !came && !options.signal?.aborted && performance.now() < since + patience;
  const drop = () => {
    writer?.close();
    writer = undefined;
  };
  const attempt = () => {
    came ||= writerCame(reader);
    if (writer !== undefined && !hasReader(writer)) drop();
    if (writer === undefined && !mayBeLeaving()) {
      writer = openEnd(output, O_WRONLY, true);
      if (writer !== undefined && unreadIn(writer) > 0) {
        drop();
        since = performance.now();
      }
    }
    return came && writer !== undefined ? writer : undefined;
  };
  const late = (timeout: number) => (came ? noReader(output) : noWriter(input))(timeout);
  const withdraw = () => {
    reader.close();
    drop();
  };
  try {
    checkFifo(output);
    const own = attempt() ?? await rendezvous(attempt, options, late, withdraw);
    return [new PipeReader(reader), new PipeWriter(own)];
  } catch (error) {
    withdraw();
    throw error;
  }
}
