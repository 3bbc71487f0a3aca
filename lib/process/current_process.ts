import { identity } from "./identity.ts";
import { type Process, running } from "./process.ts";

/** This process; see {@linkcode currentProcess}. */
export interface CurrentProcess {
  /** What its parent calls it; "MainProcess" when it was not started by {@linkcode Process}. */
  readonly name: string;
  /** The process id. */
  readonly pid: number;
  /** Whether its parent can end without waiting for it. */
  readonly daemon: boolean;
}

/** The process that started this one; see {@linkcode parentProcess}. */
export interface ParentProcess {
  /** What it is called. */
  readonly name: string;
  /** The process id. */
  readonly pid: number;
  /** Whether it runs. When it ends, this process does. */
  readonly isAlive: boolean;
}

/**
 * Who this process is. As Python's `multiprocessing.current_process()`.
 *
 * @example
 * ```ts
 * import { currentProcess } from "@ipc/ipc";
 *
 * const { name, pid } = currentProcess();
 * console.log(`${name} is process ${pid}`);
 * ```
 */
export function currentProcess(): CurrentProcess {
  const { name, daemon } = identity();
  return { name, daemon, pid: Deno.pid };
}

/**
 * The process that started this one with {@linkcode Process} or {@linkcode Pool}, or undefined when it was started in
 * another way. As Python's `multiprocessing.parent_process()`. In the main thread.
 *
 * @example
 * ```ts
 * import { parentProcess } from "@ipc/ipc";
 *
 * console.log(parentProcess()?.name ?? "started by hand");
 * ```
 */
export function parentProcess(): ParentProcess | undefined {
  const { parent } = identity();
  if (parent === undefined) return undefined;
  return {
    ...parent,
    get isAlive() {
      return Deno.ppid === parent.pid;
    },
  };
}

/**
 * The children that this thread started with {@linkcode Process} and that run. As Python's
 * `multiprocessing.active_children()`.
 *
 * @example
 * ```ts
 * import { activeChildren, Process } from "@ipc/ipc";
 *
 * const process = new Process("data:text/javascript,export default () => {}");
 * process.start();
 * console.log(activeChildren().length);
 * await process.join();
 * console.log(activeChildren().length);
 * ```
 */
export function activeChildren(): Process[] {
  return running();
}
