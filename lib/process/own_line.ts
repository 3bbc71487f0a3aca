import type { ParentLine } from "./parent_line.ts";

let line: ParentLine | undefined;

/** Tells, once and before any other code runs, how this process reaches the one that started it. */
export function setOwnLine(own: ParentLine): void {
  line = own;
}

/** The line to the process that started this one. */
export function ownLine(): ParentLine {
  return line!;
}
