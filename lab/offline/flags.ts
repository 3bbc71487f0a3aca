/**
 * Prints the flags that a command needs on this machine: none where the `jsr:` packages of deno.json
 * can be loaded, else `--import-map` with the stand-ins of this folder.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };

/** How long the registry may take to answer; what follows a late answer is the stand-ins, which always work. */
const ANSWER_WITHIN_MS = 800;
const DOWNLOAD_WITHIN_MS = 30_000;

/** The flags to put between `deno run` (or test, check …) and the program. */
export async function importMapFlags(): Promise<string[]> {
  if (await loads("--cached-only")) return [];
  if (await registryAnswers() && await loads()) return [];
  return ["--import-map", new URL("./import_map.json", import.meta.url).href];
}

/** Whether every real package can be loaded, seen in a process of its own so that nothing is printed. */
async function loads(...flags: string[]): Promise<boolean> {
  const program = Object.values(config.imports).map((specifier) => `import "${specifier}";`).join("\n");
  const signal = AbortSignal.timeout(DOWNLOAD_WITHIN_MS);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", "--no-prompt", ...flags, "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    signal,
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program)).then(() => writer.close()).catch(() => {});
  return (await child.status).success;
}

/** Whether the runtime can ask for a package's versions. It knows where; a registry that is silent is as good as none. */
async function registryAnswers(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-config", "--no-lock", config.imports["@std/assert"]],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { error?: string }[] };
    return modules.length > 0 && modules.every(({ error }) => error === undefined);
  } catch {
    return false;
  }
}

if (import.meta.main) console.log((await importMapFlags()).join(" "));
