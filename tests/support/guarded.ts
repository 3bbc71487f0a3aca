/** Children that do not outlive their tests, should those be killed. */

import { findProgram } from "./skip.ts";

/** The path of setpriv(1): a child may be given another PATH. */
let guard: string | null | undefined;

/**
 * What to start instead of a program, so that the kernel kills it when the thread that started it ends: whatever it does
 * then, computing or asleep in a system call. That takes setpriv(1), which puts the program in its own place; where that is
 * missing it is the program itself.
 */
export function guarded(command: string, args: string[]): [command: string, args: string[]] {
  if (guard === undefined) guard = Deno.build.os === "linux" && findProgram("setpriv") || null;
  return guard === null ? [command, args] : [guard, ["--pdeathsig", "KILL", "--", command, ...args]];
}

/** In a child: waits for the byte that tells it to begin. Where the tests have been killed instead, it ends. */
export function begin(): void {
  if (Deno.stdin.readSync(new Uint8Array(1)) === null) Deno.exit();
}
