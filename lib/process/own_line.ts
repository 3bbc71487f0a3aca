import type { ParentLine } from "./parent_line.ts";

let line: ParentLine | undefined;

/**
 * Tells, once and before any other code runs, how this process reaches the one that started it.
 *
 * Its stdin is at its end from then on, as the descriptor is the line: who read from it would wait for ever, or take what is
 * not his. A program that it starts with its own stdin has the line, still.
 */
export function setOwnLine(own: ParentLine): void {
  line = own;
  Object.defineProperties(Deno.stdin, {
    read: { value: () => Promise.resolve(null) },
    readSync: { value: () => null },
    readable: { get: () => new ReadableStream({ start: (controller) => controller.close() }) },
  });
}

/** The line to the process that started this one. */
export function ownLine(): ParentLine {
  return line!;
}
