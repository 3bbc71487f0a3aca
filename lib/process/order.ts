import type { FailureData } from "./remote_error.ts";

/** What a parent tells the child that it started: who it is, and what to run. */
export interface Order {
  name: string;
  daemon: boolean;
  parent: { pid: number; name: string };
  /** The module's URL. */
  module: string;
  /** The name of its export. */
  entry: string;
  args: unknown[];
  /** The largest result, in bytes. */
  limit: number;
}

/** What the child tells at its end. */
export type Answer = { result: unknown } | { failure: FailureData };
