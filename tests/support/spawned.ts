/** What children print, as text. */

import { type ChildProcess, type PipeReader, spawn, type SpawnOptions } from "../../mod.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** How a child ended, and what it printed. */
export interface Printed extends Deno.CommandStatus {
  out: string;
  err: string;
}

/** An outcome of `Deno.Command` or of our ChildProcess, as text. */
export function printed({ stdout, stderr, ...status }: Deno.CommandOutput): Printed {
  const decoder = new TextDecoder();
  return {
    success: status.success,
    code: status.code,
    signal: status.signal,
    out: decoder.decode(stdout),
    err: decoder.decode(stderr),
  };
}

/** Runs a command of ours to its end, without input unless `stdin` says otherwise. */
export function run(command: string | URL, options: SpawnOptions = {}): Promise<Printed> {
  const child = spawn(command, { stdin: "null", ...options, stdout: "piped", stderr: "piped" });
  return ended(child);
}

/** Runs a shell script to its end. */
export function shell(script: string, options: SpawnOptions = {}): Promise<Printed> {
  return run("sh", { ...options, args: ["-c", script, ...options.args ?? []] });
}

/** Waits for the end of a child whose output is piped. */
export async function ended(child: ChildProcess): Promise<Printed> {
  try {
    return printed(await within(PATIENCE_MS, `child ${child.pid} to end`, () => child.output()));
  } finally {
    await child[Symbol.asyncDispose]();
  }
}

/** All that comes out of a pipe until its end, as text; the reader is closed then. */
export async function textOf(reader: Pick<PipeReader, "readable">): Promise<string> {
  return await within(PATIENCE_MS, "the end of a pipe", () => new Response(reader.readable).text());
}
