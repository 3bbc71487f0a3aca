/**
 * What a pool and one of its workers tell each other: arrays, as structured clone. Tasks have numbers, from 1 on for each
 * worker, in the order in which they are sent.
 */

import type { FailureData } from "./remote_error.ts";

/** To a worker: `[TASK, number, export, how, values]`. */
export const TASK = 0;
/** To a worker: `[END]`, do no more. */
export const END = 1;
/** From a worker: `[READY]`, its module is loaded, and its initializer has run. */
export const READY = 2;
/** From a worker: `[DONE, number, result]`. */
export const DONE = 3;
/** From a worker: `[FAILED, number, failure]`. */
export const FAILED = 4;

/** Call the function once: the values are its arguments. */
export const APPLY = 0;
/** Call it with each of the values. The result is an array. */
export const MAP = 1;
/** Call it for each of the values, which are its arguments. */
export const STARMAP = 2;

/** How the values of a task become calls. */
export type How = typeof APPLY | typeof MAP | typeof STARMAP;

/** A message to a worker. */
export type PoolOrder = [typeof TASK, number, string, How, readonly unknown[]] | [typeof END];

/** A message from a worker. */
export type PoolAnswer =
  | [typeof READY]
  | [typeof DONE, number, unknown]
  | [typeof FAILED, number, FailureData];

/** What a worker is started with. */
export interface PoolSetup {
  module: string;
  initializer: string | undefined;
  initArgs: readonly unknown[];
  /** The largest message, in bytes. */
  limit: number;
}
