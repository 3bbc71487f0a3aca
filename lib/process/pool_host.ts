import type { PoolLink } from "./pool_link.ts";
import type { PoolSetup } from "./pool_wire.ts";
import type { WorkerEnd } from "./worker_ended_error.ts";

/** Each way a worker has a ring of so many bytes. Larger messages go in parts. */
export const RING = 2 * 1024 * 1024;

/** What a worker of a pool lives in: a process, or a thread. */
export interface PoolHost {
  readonly link: PoolLink;
  /** The number of the task that it may begin next, in memory that both have; undefined without such memory. */
  readonly claimed: Int32Array | undefined;
  /** Resolves when it has ended. What it has sent before that can be received. */
  readonly ended: Promise<void>;
  /** How it ended: to be asked once, when all that it has sent was received. */
  end(): Promise<WorkerEnd>;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Frees what it had, when it has ended. */
  close(): void;
}

/** What a host is made with. */
export interface PoolHostOptions {
  name: string;
  setup: PoolSetup;
}
