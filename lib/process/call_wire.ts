/** The messages of remote calls: an array each, the kind first. */

import type { FailureData } from "./remote_error.ts";

export const CALL = 0;
export const GET = 1;
export const SET = 2;
export const RESULT = 3;
export const FAILURE = 4;
export const ABORT = 5;
export const RELEASE = 6;

/** A request of one side; its number is answered. */
export type CallMessage =
  | [kind: typeof CALL, call: number, target: number, path: string[], args: unknown[]]
  | [kind: typeof GET, call: number, target: number, path: string[]]
  | [kind: typeof SET, call: number, target: number, path: string[], value: unknown]
  | [kind: typeof RESULT, call: number, value: unknown]
  | [kind: typeof FAILURE, call: number, failure: FailureData]
  /** The signal with this number was aborted. */
  | [kind: typeof ABORT, signal: number, reason: FailureData]
  /** The receiver of a reference gives up so many of those that it got; or its garbage collector found them unused. */
  | [kind: typeof RELEASE, target: number, count: number, forgotten: boolean];

/** The object that {@linkcode expose} was given. */
export const ROOT = 0;

/** What stands in for a value that stays where it is. */
export const REFERENCE = "reference";
/** For one that is on the side that the message goes to. */
export const YOURS = "yours";
export const SIGNAL = "signal";

/** Whether something that came can be the number of a call, a reference or a signal. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
