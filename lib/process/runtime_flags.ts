import { missingForCalls } from "../ffi/library.ts";
import { access } from "../ffi/unistd.ts";
import { absolutePath } from "../primitives/path.ts";
import type { CommandLine } from "./command_line.ts";

/** Flags that decide how modules are found and run, taken over as they are. */
const TAKEN_OVER = [
  "--import-map",
  "--cached-only",
  "--no-remote",
  "--no-npm",
  "--node-modules-dir",
  "--vendor",
  "--no-lock",
  "--lock",
  "--frozen",
  "--cert",
  "--location",
  "--v8-flags",
  "--conditions",
  "--sloppy-imports",
  "--unsafely-ignore-certificate-errors",
  "--no-code-cache",
];

/** Of those, the ones whose value may be the next word. */
const VALUE_BEHIND = ["--import-map", "--cert", "--location"];

/** Of those, the ones whose value may be a path: a child may run in another folder. */
const PATHS = ["--import-map", "--cert", "--lock"];

/**
 * The flags with which a child finds modules as this process does: its configuration, import map and cache. Where the
 * command line is not known, the configuration is the one beside the main module, or in a folder around it.
 */
export function runtimeFlags(line: CommandLine): string[] {
  const taken = TAKEN_OVER.flatMap((name) => {
    if (!VALUE_BEHIND.includes(name) && !PATHS.includes(name)) return line.words(name);
    const values = line.values([name], VALUE_BEHIND.includes(name));
    if (values.length === 0) return line.words(name);
    return values.map((value) => `${name}=${PATHS.includes(name) ? located(value) : value}`);
  });
  return [...configFlags(line), ...line.beginning("--unstable-"), ...taken];
}

function configFlags(line: CommandLine): string[] {
  if (line.has("--no-config")) return ["--no-config"];
  const given = line.values(["--config", "-c"], true).at(-1);
  // A relative one is not there any more when this process has gone to another folder.
  const found = given !== undefined && exists(absolutePath(given))
    ? absolutePath(given)
    : configAround(mainModule(line));
  return found === undefined ? [] : ["--config", found];
}

/** Where a file is that a flag names by its URL or its path. */
function located(value: string): string {
  return URL.canParse(value) ? value : absolutePath(value);
}

/** The URL of the program. In a worker the runtime does not tell: there it is a word, or at least in this folder. */
function mainModule(line: CommandLine): URL {
  const known: string | undefined = Deno.mainModule;
  if (known !== undefined) return new URL(known);
  const program = line.program ?? "";
  if (URL.canParse(program)) return new URL(program);
  const url = new URL("file:///");
  url.pathname = absolutePath(program).replaceAll("%", "%25");
  return url;
}

/** Where the runtime has found the configuration by itself. */
function configAround(mainModule: URL): string | undefined {
  if (mainModule.protocol !== "file:") return undefined;
  for (let folder = new URL(".", mainModule);; folder = new URL("..", folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const path = decodeURIComponent(new URL(name, folder).pathname);
      if (exists(path)) return path;
    }
    if (folder.pathname === "/") return undefined;
  }
}

function exists(path: string): boolean {
  if (missingForCalls() === undefined) return access(path, 0) === 0;
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false; // Or it may not be read: then the child finds nothing by its configuration.
  }
}
