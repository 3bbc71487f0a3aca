/** Processes of the library, for tests. */
import { Process, type ProcessOptions } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** The functions that they run. */
export const WORK: string = new URL("../children/process_work.ts", import.meta.url).href;

/** A function of {@linkcode WORK} in a process that has been started. */
export function started(entry: string, ...args: unknown[]): Process {
  return startedWith({ entry, args });
}

/** The same, with options. */
export function startedWith(options: ProcessOptions, module: string = WORK): Process {
  const process = new Process(module, options);
  process.start();
  return process;
}

/** The result of a function in a process of its own. */
export async function resultOf(entry: string, ...args: unknown[]): Promise<unknown> {
  await using process = started(entry, ...args);
  return await process.result;
}

/** A test that fails when it takes too long, or leaves a descriptor open. */
export function processTest(name: string, body: () => Promise<void>, ignore = false): void {
  // The first child makes the runtime open what it keeps.
  const warmUp = () => resultOf("add", 1, 2);
  const fn = () => assertNoLeak(() => within(2 * PATIENCE_MS, name, body), { warmUp });
  Deno.test({ name, ignore, fn });
}
