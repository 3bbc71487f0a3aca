/** Other programs than those in Deno, started with their output kept and killed when disposed. */

import { fileURLToPath } from "node:url";
import { TestChild } from "./children.ts";
import { guarded } from "./guarded.ts";

/** Starts any program: `await using cat = startProgram("cat", path);`. */
export function startProgram(command: string, ...args: string[]): TestChild {
  const [program, all] = guarded(command, args);
  const process = new Deno.Command(program, { args: all, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  return new TestChild([command, ...args].join(" "), process);
}

/** Starts a line of shell; it finds `args` as `$1`, `$2` …. */
export function startShell(line: string, ...args: string[]): TestChild {
  return startProgram("sh", "-c", line, "sh", ...args);
}

/** The path of a program in tests/children. */
export function childPath(name: string): string {
  return fileURLToPath(new URL(`../children/${name}`, import.meta.url));
}
