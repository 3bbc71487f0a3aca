import { missingForCalls } from "./ffi/library.ts";
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
  /**
   * {@linkcode spawn} with `fds`, {@linkcode inheritedReader}, {@linkcode inheritedWriter},
   * {@linkcode inheritedSocket}.
   */
  children: Supported;
  /** The option `capacity` of pipes and fifos. */
  pipeCapacity: Supported;
  /** The option `noOrphans` of {@linkcode spawn}. */
  noOrphans: Supported;
  /** {@linkcode listen} and {@linkcode connect} with `tcp://`, {@linkcode datagram} with `udp://`. */
  network: Supported;
  /** {@linkcode listen} and {@linkcode connect} with `unix:`. */
  unixSockets: Supported;
  /** {@linkcode datagram} with `unixgram:`, {@linkcode notifyReady}. */
  unixDatagrams: Supported;
  /** Unix sockets with abstract names, `unix:@name`. */
  abstractNames: Supported;
  /**
   * {@linkcode sendDescriptors}, {@linkcode receiveDescriptors}, {@linkcode peerCredentials},
   * {@linkcode inheritedListeners}.
   */
  descriptorPassing: Supported;
  /** {@linkcode SharedMemory}, with a name and without. */
  sharedMemory: Supported;
  /** {@linkcode reapSharedMemory}, and the take-over of a dead creator's name. */
  reapSharedMemory: Supported;
  /** {@linkcode FileLock}. */
  fileLocks: Supported;
  /** {@linkcode signals}, {@linkcode untilSignal}, {@linkcode abortOnSignal}. */
  signals: Supported;
  /** {@linkcode sendSignal}, {@linkcode isAlive}. */
  sendSignal: Supported;
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
  const unix = unixSockets(c);
  const runs = granted({ name: "run" }) ? c : no("it needs --allow-run");
  return {
    pipes: c,
    fifos: c,
    children: c.supported ? runs : c,
    pipeCapacity: linux,
    noOrphans: linux.supported ? runs : linux,
    network: granted({ name: "net" }) ? { supported: true } : no("it needs --allow-net"),
    unixSockets: unix,
    unixDatagrams: c,
    abstractNames: unix.supported && os() !== "linux" ? no("only Linux has it") : unix,
    descriptorPassing: c,
    sharedMemory: c,
    reapSharedMemory: linux,
    fileLocks: c,
    signals: os() === undefined
      ? no(`${Deno.build.os} has no signals that can be told apart`)
      : { supported: true },
    sendSignal: granted({ name: "run" }) ? { supported: true } : no("it needs --allow-run"),
  };
}

function cLibrary(): Supported {
  const missing = missingForCalls();
  return missing === undefined ? { supported: true } : no(missing);
}

/** Without calls of the C library, Unix sockets are the runtime's. */
function unixSockets(c: Supported): Supported {
  if (c.supported || os() === undefined) return c;
  const needed = ["net", "read", "write", "sys"] as const;
  if (needed.every((name) => granted({ name }))) return { supported: true };
  return no("it needs --allow-ffi, or else --allow-net --allow-read --allow-write --allow-sys");
}

function no(reason: string): Supported {
  return { supported: false, reason };
}

function granted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
