import { missingForCalls } from "../ffi/library.ts";
import { access } from "../ffi/unistd.ts";
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

/**
 * The flags with which a child finds modules as this process does: its configuration, import map and cache. Where the
 * command line is not known, the configuration is the one beside the main module, or in a folder around it.
 */
export function runtimeFlags(line: CommandLine): string[] {
  const taken = TAKEN_OVER.flatMap((name) =>
    VALUE_BEHIND.includes(name)
      ? line.values([name], true).map((value) => `${name}=${value}`)
      : line.words(name)
  );
  return [...configFlags(line), ...line.beginning("--unstable-"), ...taken];
}

function configFlags(line: CommandLine): string[] {
  if (line.has("--no-config")) return ["--no-config"];
  const given = line.values(["--config", "-c"], true).at(-1) ?? configAround(Deno.mainModule);
  return given === undefined ? [] : ["--config", given];
}

/** Where the runtime has found the configuration by itself. */
function configAround(mainModule: string): string | undefined {
  if (!mainModule.startsWith("file:")) return undefined;
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
