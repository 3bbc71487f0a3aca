import { absolutePath, pathOf } from "../primitives/path.ts";
import type { CommandLine } from "./command_line.ts";

/**
 * What a child may do: all that this process may (`"inherit"`), nothing (`"none"`), or by kind: `true` for all of a kind,
 * a list for these alone, `"inherit"` for what this process has of it; a kind that is left out is not permitted. As
 * `Deno.test`'s permissions, and a Worker's.
 */
export type ProcessPermissions = "inherit" | "none" | ProcessPermissionsByKind;

/** See {@linkcode ProcessPermissions}. Relative paths are those of this process, wherever the child runs. */
export interface ProcessPermissionsByKind {
  /** Files and folders that may be read. */
  read?: "inherit" | boolean | (string | URL)[] | undefined;
  /** Files and folders that may be written. */
  write?: "inherit" | boolean | (string | URL)[] | undefined;
  /** Hosts, `name`, `name:port`, that may be connected to and listened at. */
  net?: "inherit" | boolean | string[] | undefined;
  /** Variables of the environment. */
  env?: "inherit" | boolean | string[] | undefined;
  /** Programs that may be run. */
  run?: "inherit" | boolean | (string | URL)[] | undefined;
  /** What may be asked of the system: `"hostname"` … */
  sys?: "inherit" | boolean | string[] | undefined;
  /** Libraries that may be opened. This library's shared memory, locks and pipes need `true`. */
  ffi?: "inherit" | boolean | (string | URL)[] | undefined;
  /** Hosts that modules may be imported from. */
  import?: "inherit" | boolean | string[] | undefined;
}

type Kind = keyof ProcessPermissionsByKind;

/** By kind: the property of a descriptor that a list names. */
const KINDS = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  sys: "kind",
  ffi: "path",
  import: "host",
} as const satisfies Record<Kind, string>;

const SHORT: Partial<Record<Kind, string>> = {
  read: "-R",
  write: "-W",
  net: "-N",
  env: "-E",
  sys: "-S",
  import: "-I",
};

/**
 * The flags that give a child these permissions.
 *
 * The runtime tells of each permission whether it is granted, and not which ones are. So where a kind is granted in part,
 * its lists are those of this process's command line, each entry of which is asked for; what was granted in another way is
 * for the caller to name.
 *
 * @throws {Deno.errors.NotCapable} This process itself does not have one
 */
export function permissionFlags(permissions: ProcessPermissions, line: CommandLine): string[] {
  const kinds = Object.keys(KINDS) as Kind[];
  if (permissions === "none") return [];
  if (permissions === "inherit") {
    const flags = kinds.flatMap((kind) => inherited(kind, line));
    const all = flags.length === kinds.length && kinds.every((kind, i) => flags[i] === `--allow-${kind}`);
    return all ? ["--allow-all"] : flags;
  }
  if (typeof permissions !== "object" || permissions === null) {
    throw new TypeError(
      `The option permissions takes "inherit", "none" or an object, and got ${Deno.inspect(permissions)}`,
    );
  }
  for (const kind of Object.keys(permissions)) {
    if (Object.hasOwn(KINDS, kind)) continue;
    throw new TypeError(`The option permissions has the kinds ${kinds.join(", ")}, and got ${kind}`);
  }
  return kinds.flatMap((kind) => chosen(kind, permissions[kind], line));
}

function inherited(kind: Kind, line: CommandLine): string[] {
  const denied = deniedBy(kind, line);
  const { state, partial } = query(kind);
  if (state === "granted") {
    // What is denied of it is known from the command line alone.
    return partial && denied.length === 0 || hasMoved(kind, line) ? [] : [`--allow-${kind}`, ...denied];
  }
  const names = [`--allow-${kind}`, ...(SHORT[kind] === undefined ? [] : [SHORT[kind]])];
  const entries = line.values(names).flatMap((list) => list.split(",")).filter((entry) =>
    entry !== "" && query(kind, entry).state === "granted"
  ).map((entry) => absolute(kind, entry));
  if (entries.length === 0 || hasMoved(kind, line)) return [];
  return [`--allow-${kind}=${[...new Set(entries)].join(",")}`, ...denied];
}

function chosen(kind: Kind, wanted: ProcessPermissionsByKind[Kind], line: CommandLine): string[] {
  if (wanted === undefined || wanted === false) return [];
  if (wanted === "inherit") return inherited(kind, line);
  if (wanted === true) {
    if (query(kind).state !== "granted") throw lacking(kind);
    return inherited(kind, line);
  }
  if (!Array.isArray(wanted)) {
    throw new TypeError(
      `The permission ${kind} takes true, false, "inherit" or a list, and got ${Deno.inspect(wanted)}`,
    );
  }
  const entries = wanted.map((entry) => entry instanceof URL ? pathOf(entry) : `${entry}`);
  for (const entry of entries) {
    if (entry === "" || entry.includes(",")) throw withComma(kind, entry);
    if (query(kind, entry).state !== "granted" || hasMoved(kind, line)) throw lacking(kind, entry);
  }
  if (entries.length === 0) return [];
  const list = entries.map((entry) => absolute(kind, entry));
  return [`--allow-${kind}=${list.join(",")}`, ...deniedBy(kind, line)];
}

function deniedBy(kind: Kind, line: CommandLine): string[] {
  return line.words(...denying(kind)).map((word) => {
    const equals = word.indexOf("=") + 1;
    if (equals === 0) return word;
    const entries = word.slice(equals).split(",").map((entry) => absolute(kind, entry));
    return `${word.slice(0, equals)}${entries.join(",")}`;
  });
}

/** Whether this process runs in another folder than it was started in: what a relative path denies is not known any more. */
function hasMoved(kind: Kind, line: CommandLine): boolean {
  const entries = line.values(denying(kind)).flatMap((list) => list.split(","));
  return entries.some((entry) => isRelative(kind, entry) && query(kind, entry).state === "granted");
}

function denying(kind: Kind): string[] {
  return [`--deny-${kind}`, `--ignore-${kind}`];
}

/** An entry of a list for a child, which may run in another folder. */
function absolute(kind: Kind, entry: string): string {
  if (!isRelative(kind, entry)) return entry;
  const path = absolutePath(entry);
  if (path.includes(",")) throw withComma(kind, path);
  return path;
}

function isRelative(kind: Kind, entry: string): boolean {
  if (entry === "" || entry.startsWith("/")) return false;
  // A program without a slash is looked for in the folders of PATH.
  return kind === "run" ? entry.includes("/") : kind === "read" || kind === "write" || kind === "ffi";
}

function query(kind: Kind, entry?: string): Deno.PermissionStatus {
  const descriptor = entry === undefined ? { name: kind } : { name: kind, [KINDS[kind]]: entry };
  return Deno.permissions.querySync(descriptor as unknown as Deno.PermissionDescriptor);
}

function withComma(kind: Kind, entry: string): Error {
  return new TypeError(`The permission ${kind} cannot name ${Deno.inspect(entry)}: a list has commas`);
}

function lacking(kind: Kind, entry?: string): Error {
  const what = entry === undefined ? kind : `${kind} of ${JSON.stringify(entry)}`;
  return new Deno.errors.NotCapable(
    `Cannot start a process with the permission ${what}: this process does not have it; run it with --allow-${kind}`,
  );
}
