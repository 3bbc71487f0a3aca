/** What every reader makes of its reads, be it of a pipe's end or of a connection. */

import { checkWait, countOf, type LinesOptions, type ReadAllOptions } from "../options.ts";
import { turn } from "./event_loop.ts";
import type { LineBuffer } from "./line_buffer.ts";

const CHUNK = 65536;
const LONGEST = 64 * 1024 * 1024;

/** Reads into the room: a count or null when that can be had now, otherwise a promise of it. */
type Fill = (room: Uint8Array) => number | null | Promise<number | null>;

/** The lines of a reader that keeps in `held` what it has read ahead; see {@linkcode PipeReader.lines}. */
export async function* linesOf(
  held: LineBuffer,
  options: LinesOptions,
  fill: Fill,
): AsyncIterableIterator<string> {
  const { maxLineLength = LONGEST } = options;
  countOf("maxLineLength", maxLineLength, 1);
  for (;;) {
    for (let line = held.line(maxLineLength); line !== undefined; line = held.line(maxLineLength)) {
      yield line;
    }
    checkWait(options);
    const filling = fill(held.room());
    const now = typeof filling === "number" || filling === null;
    const count = now ? filling : await filling;
    if (count === null) break;
    held.add(count);
    if (now) await turn();
  }
  if (held.length > 0) yield held.rest();
}

/** Everything until the end. What was read before a failure stays in `held`, for the next call. */
export async function bytesOf(
  held: LineBuffer,
  options: ReadAllOptions,
  fill: Fill,
): Promise<Uint8Array<ArrayBuffer>> {
  const { maxLength = LONGEST } = options;
  countOf("maxLength", maxLength, 0);
  for (;;) {
    checkWait(options);
    if (held.length > maxLength) {
      throw new RangeError(
        `Cannot read everything: it is longer than ${maxLength} bytes; raise maxLength, or read() it`,
      );
    }
    const filling = fill(held.room());
    const now = typeof filling === "number" || filling === null;
    const count = now ? filling : await filling;
    if (count === null) return held.drain();
    held.add(count);
    if (now) await turn();
  }
}

/** A byte stream that reads as its consumer asks. `end` is called at the end, and when the consumer cancels. */
export function readableOf(
  read: (p: Uint8Array) => Promise<number | null>,
  end: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let room: Uint8Array<ArrayBuffer> | undefined;
  return new ReadableStream({
    type: "bytes",
    pull: async (controller) => {
      const request = controller.byobRequest;
      const count = await read(request?.view as Uint8Array ?? (room ??= new Uint8Array(CHUNK)));
      if (count === null) {
        end();
        controller.close();
        request?.respond(0);
      } else if (request) {
        request.respond(count);
      } else {
        // A chunk of its own, as small as what came: a stream of short lines would hold 64 KiB for each.
        controller.enqueue(room!.slice(0, count));
      }
    },
    cancel: end,
  }, { highWaterMark: 0 });
}
