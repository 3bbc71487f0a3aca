import { parseArgs } from "@std/cli/parse-args";
import { demos } from "./demos.ts";
import type { Demo } from "./runner/demo.ts";
import { runDemos } from "./runner/run_demos.ts";
import { Transcript } from "./runner/transcript.ts";

const USAGE = `Runs the classic programs of lab/programs as real processes and checks what they do.

Usage: deno task demo [--only NAME] [--list]

  --only NAME  run just this one
  --list       print the names and what each shows
  --help       print this`;

const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * The command `demo`. Resolves to its exit code: 0 when every outcome was right, 1 when one was wrong, 2
 * for wrong arguments, 128 + the signal's number after Ctrl-C and the like.
 */
export async function demo(args: string[]): Promise<number> {
  const unknown: string[] = [];
  const flags = parseArgs(args, {
    boolean: ["list", "help"],
    string: ["only"],
    alias: { help: "h" },
    unknown: (arg: string) => {
      unknown.push(arg);
      return false;
    },
  });
  unknown.push(...flags._.map(String)); // What stands behind "--".
  if (unknown.length > 0) {
    console.error(`Unknown argument: ${unknown.join(" ")}\n\n${USAGE}`);
    return 2;
  }
  if (flags.help) {
    console.log(USAGE);
    return 0;
  }
  if (flags.list) {
    const width = Math.max(...demos.map(({ name }) => name.length));
    for (const { name, title } of demos) console.log(`${name.padEnd(width)}  ${title}`);
    return 0;
  }
  const chosen = flags.only === undefined ? demos : demos.filter(({ name }) => name === flags.only);
  if (chosen.length === 0) {
    console.error(`There is no demo "${flags.only}". There are: ${demos.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  if (Deno.build.os === "windows") {
    console.error("The demos need pipes and fifos as Linux and macOS have them; on Windows there are none");
    return 1;
  }
  return await play(chosen);
}

/** Plays these demos with a transcript on stdout. Resolves to the exit code; see {@linkcode demo}. */
export async function play(chosen: readonly Demo[]): Promise<number> {
  const interruption = new AbortController();
  let exitCode: number | undefined;
  const listeners = Object.entries(STOPS).map(([name, code]) => {
    const listener = () => {
      exitCode ??= code;
      interruption.abort();
    };
    Deno.addSignalListener(name as Deno.Signal, listener);
    return () => Deno.removeSignalListener(name as Deno.Signal, listener);
  });
  const transcript = new Transcript(console.log, Deno.stdout.isTerminal() && !Deno.noColor);
  try {
    const failed = await runDemos(chosen, { transcript, signal: interruption.signal });
    return failed.length > 0 ? 1 : 0;
  } catch (error) {
    if (exitCode === undefined) throw error;
    console.error("Interrupted: every process is stopped and every temporary folder removed");
    return exitCode;
  } finally {
    for (const remove of listeners) remove();
  }
}
