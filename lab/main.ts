/**
 * The lab's command line: `deno task lab demo`, `deno task lab bench`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

interface Command {
  /** For the usage. */
  does: string;
  /** Runs it; resolves to the exit code. */
  run(args: string[]): Promise<number>;
}

const COMMANDS: Record<string, Command> = {
  demo: {
    does: "run the classic programs as real processes and check what they do",
    run: async (args) => (await import("./demo/main.ts")).demo(args),
  },
  bench: {
    does: "measure this library beside Deno, Node, Python and C",
    run: async (args) => (await import("./bench/main.ts")).bench(args),
  },
};

const USAGE = `Usage: deno task lab COMMAND [--help]

${Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(6)} ${does}`).join("\n")}`;

/** Runs the command that the arguments name; resolves to the exit code. */
export async function main(args: string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first !== undefined && Object.hasOwn(COMMANDS, first)) return await COMMANDS[first]!.run(rest);
  const unknown: string[] = [];
  const flags = parseArgs(args, {
    boolean: ["help"],
    alias: { help: "h" },
    unknown: (arg: string) => {
      unknown.push(arg);
      return false;
    },
  });
  unknown.push(...flags._.map(String)); // What stands behind "--".
  if (unknown.length === 0) {
    console.log(USAGE);
    return 0;
  }
  const [culprit = ""] = unknown;
  console.error(`Unknown ${culprit.startsWith("-") ? "option" : "command"}: ${culprit}\n\n${USAGE}`);
  return 2;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
