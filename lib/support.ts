import { os } from "./ffi/platform.ts";

/** Whether something works here, and what is missing when it does not. */
export interface Supported {
  /** Whether it works. */
  supported: boolean;
  /** Why it does not. */
  reason?: string;
}

/** What works on this platform; see {@linkcode support}. */
export interface Support {
  /** {@linkcode pipe} and its ends. */
  pipes: Supported;
  /** {@linkcode mkfifo}, {@linkcode openFifoReader}, {@linkcode openFifoWriter}, {@linkcode DuplexFifo}. */
  fifos: Supported;
  /** {@linkcode spawn} with `fds`, {@linkcode inheritedReader}, {@linkcode inheritedWriter}. */
  children: Supported;
  /** The option `capacity` of pipes and fifos. */
  pipeCapacity: Supported;
  /** The option `noOrphans` of {@linkcode spawn}. */
  noOrphans: Supported;
}

/**
 * What of this library works on this platform with this process's permissions, and why not. It asks for no
 * permission, and opens nothing.
 *
 * @example
 * ```ts
 * import { support } from "@ipc/ipc";
 *
 * for (const [what, { supported, reason }] of Object.entries(support())) {
 *   console.log(what, supported ? "works" : `does not work: ${reason}`);
 * }
 * ```
 */
export function support(): Support {
  const c = cLibrary();
  const linux = c.supported && os() !== "linux" ? no("only Linux has it") : c;
  const runs = granted({ name: "run" }) ? c : no("it needs --allow-run");
  return {
    pipes: c,
    fifos: c,
    children: c.supported ? runs : c,
    pipeCapacity: linux,
    noOrphans: linux.supported ? runs : linux,
  };
}

function cLibrary(): Supported {
  if (os() === undefined) return no(`it needs Linux or macOS, and this is ${Deno.build.os}`);
  if (Deno.build.arch !== "x86_64" && Deno.build.arch !== "aarch64") {
    return no(`${Deno.build.arch} is not known`);
  }
  const [major, minor] = Deno.version.deno.split(".").map(Number) as [number, number];
  if (major < 2 || (major === 2 && minor < 8)) {
    return no(`it needs Deno 2.8, and this is ${Deno.version.deno}`);
  }
  return granted({ name: "ffi" }) ? { supported: true } : no("it needs --allow-ffi");
}

function no(reason: string): Supported {
  return { supported: false, reason };
}

function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
