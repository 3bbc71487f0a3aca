import { missingForCalls } from "../ffi/library.ts";
import { dieWithParent, SIGTERM } from "../ffi/prctl.ts";
import { identity } from "./identity.ts";

/** Milliseconds between two looks for the parent, and those that a server then has to end by itself. */
const LOOK_MS = 200;
const GRACE_MS = 400;

/**
 * Lets the process of a server end without leaving its socket file. To be called before that is made.
 *
 * - Ctrl-C at the terminal is the business of who started it, which may want to go on with it. As Python's.
 * - A parent's end makes the kernel kill a child, and nobody would remove the file. Here it asks the child to end, and only
 *   a module that never lets the event loop go is killed after all: by a thread that looks for the parent.
 *
 * @param close Closes the server.
 */
export function endCleanly(address: string, close: () => Promise<void>): void {
  Deno.addSignalListener("SIGINT", () => {});
  const { parent } = identity();
  if (!address.startsWith("unix:") || address.startsWith("unix:@") || parent === undefined) return;
  const end = () => void close().finally(() => Deno.exit(0));
  for (const signal of ["SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, end);
  if (Deno.build.os !== "linux" || missingForCalls() !== undefined || !watch(parent.pid)) return;
  if (!dieWithParent(parent.pid, SIGTERM)) end();
}

/** False: it may not kill, and so the kernel has to. */
function watch(parent: number): boolean {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return false;
  const kill = `setTimeout(()=>Deno.kill(Deno.pid,"SIGKILL"),${GRACE_MS})`;
  const text = `setInterval(()=>{if(Deno.ppid!==${parent})${kill}},${LOOK_MS})`;
  new Worker(`data:text/javascript,${encodeURIComponent(text)}`, { type: "module" });
  return true;
}
