import { os } from "../ffi/platform.ts";
import { locate } from "../primitives/command_path.ts";
import type { CommandLine } from "./command_line.ts";
import { permissionFlags, type ProcessPermissions } from "./permission_flags.ts";
import { runtimeFlags } from "./runtime_flags.ts";

/** What a child is started with. */
interface ChildProgram {
  /** The modules that it may be told to run. */
  modules: string[];
  /** What it loads for the handles in its order. */
  loads: string[];
  permissions: ProcessPermissions;
  /** What it is called in the list of processes. */
  name: string;
}

/** The arguments of the runtime for a child of this process. */
export function childArguments(program: ChildProgram, line: CommandLine): string[] {
  return [
    "run",
    "--quiet",
    "--no-prompt",
    ...permissionFlags(program.permissions, line),
    ...runtimeFlags(line),
    mainModule(program),
    program.name,
  ];
}

/** Whether a child with these permissions can use handles of this library. */
export function canCallC(permissions: ProcessPermissions, line: CommandLine): boolean {
  const flags = permissionFlags(permissions, line);
  return flags.includes("--allow-all") || flags.includes("--allow-ffi");
}

/**
 * Whether a child that cannot ask the kernel for it can be started so that it ends with this process all the same: by
 * setpriv(1), which takes some 2 ms. Without that it sees the end of its line to the parent as soon as its event loop goes.
 */
export function canGuard(): boolean {
  if (os() !== "linux" || Deno.permissions.querySync({ name: "run" }).state !== "granted") return false;
  try {
    return locate("setpriv", {}) !== "" && locate("sh", {}) !== "";
  } catch {
    return false;
  }
}

/**
 * The child's main module. It is written for the child, as a `data:` URL, because the runtime reads those modules beforehand
 * that are named in it, without a permission for them; and their failures are still errors that can be caught.
 */
function mainModule({ modules, loads }: ChildProgram): string {
  return bootstrap("./child_main.ts", modules, loads);
}

/** The same for a thread that a pool starts. */
export function threadModule(modules: string[], loads: string[]): string {
  return bootstrap("./pool_thread_main.ts", modules, loads);
}

function bootstrap(main: string, modules: string[], loads: string[]): string {
  const loaders = modules.filter((url) => url.startsWith("file:")).map((url) =>
    `${literal(url)}:()=>import(${literal(url)})`
  );
  const travellers = loads.length === 0 ? "" : `,()=>Promise.all([${loads.join()}])`;
  const text = `import{run}from${literal(import.meta.resolve(main))};run({${
    loaders.join(",")
  }}${travellers})`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

function literal(text: string): string {
  return JSON.stringify(text);
}

/** A module's URL: absolute, and of a kind that a child can load. */
export function moduleUrl(url: string | URL): string {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== "string") {
    throw new TypeError(`A module's URL is a string or a URL, not ${typeof text}`);
  }
  let parsed: URL;
  try {
    parsed = new URL(text);
  } catch {
    const advice = 'use import.meta.resolve("./work.ts") or new URL("./work.ts", import.meta.url)';
    throw new TypeError(
      `Cannot start a process with the module ${JSON.stringify(text)}: it is no absolute URL; ${advice}`,
    );
  }
  if (KNOWN.includes(parsed.protocol)) return parsed.href;
  throw new TypeError(
    `Cannot start a process with a module of ${parsed.protocol}: it takes ${KNOWN.join(", ")}`,
  );
}

const KNOWN = ["file:", "https:", "http:", "data:", "jsr:", "npm:"];
