/**
 * The lab's command line: `deno task lab` runs the scenarios in Docker, `deno task lab demo` and
 * `deno task lab bench` what needs none.
 *
 * @module
 */
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

/** Runs the command that the arguments name, the Docker lab when they name none; resolves to the exit code. */
export async function main(args: string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first !== undefined && Object.hasOwn(COMMANDS, first)) return await COMMANDS[first]!.run(rest);
  const { lab, USAGE } = await import("./docker/main.ts");
  const commands = Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(6)} ${does}`).join(
    "\n",
  );
  const usage = `${USAGE}\n\nUsage: deno task lab COMMAND [--help]\n\n${commands}`;
  if (first !== undefined && !first.startsWith("-")) {
    console.error(`Unknown command: ${first}\n\n${usage}`);
    return 2;
  }
  return await lab(args, usage);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
