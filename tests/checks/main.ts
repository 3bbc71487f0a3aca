/**
 * `deno task check`: what can be said about the code without running it. Every check runs, also after one
 * has failed; each prints one line, a failed one its output too. `deno task check lint types` runs those.
 *
 * @module
 */
import { importMapFlags } from "../../lab/offline/flags.ts";
import { finish } from "../support/watchdog.ts";
import { entryPoints, ROOT } from "./repository.ts";

const LIMIT_MS = 110_000;

const deno = Deno.execPath();
const checks: Record<string, [command: string, ...args: string[]]> = {
  types: [deno, "check", ...await importMapFlags(), "."],
  lint: [deno, "lint"],
  format: ["npx", "--yes", "dprint@0.57.4", "check"],
  docs: [deno, "doc", "--lint", ...entryPoints()],
  publish: [deno, "publish", "--dry-run", "--allow-dirty"],
};

const chosen = Deno.args.length > 0 ? Deno.args : Object.keys(checks);
const results = await Promise.all(chosen.map(run));
Deno.exit(results.every(Boolean) ? 0 : 1);

async function run(name: string): Promise<boolean> {
  const check = checks[name];
  if (check === undefined) {
    console.log(`FAILED ${name}: there is no such check, there are ${Object.keys(checks).join(", ")}`);
    return false;
  }
  const [command, ...args] = check;
  const started = performance.now();
  const problem = await problemOf(command, args);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    problem === undefined ? `ok     ${name} (${seconds} s)` : `FAILED ${name} (${seconds} s)\n${problem}`,
  );
  return problem === undefined;
}

/** What a failing command printed. */
async function problemOf(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await finish(command, { args, cwd: ROOT }, LIMIT_MS);
    return code === 0 ? undefined : `${stdout}${stderr}`.trim();
  } catch (error) {
    return (error as Error).message;
  }
}
