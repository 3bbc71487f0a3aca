import { systemError } from "../errors.ts";
import { sleep } from "../ffi/poll.ts";
import type { FileDescriptor } from "../primitives/file_descriptor.ts";
import { Doorbell } from "../primitives/inotify.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import type { SharedHandle } from "../primitives/shared_handle.ts";
import { SharedMemory } from "../primitives/shared_memory.ts";
import type { SharedToken } from "../primitives/shared_memory_token.ts";

/**
 * What is shared between processes has one shape: one piece of shared memory, that begins with a header of 64 bytes.
 * All numbers are little-endian.
 *
 * | offset | type | what |
 * | --- | --- | --- |
 * | 0 | u32 | magic: "ipc!" (0x21637069); written last |
 * | 4 | u32 | version of the kind's layout |
 * | 8 | u32 | kind: its place in KINDS, from 1 on |
 * | 12 | u32 | 0 |
 * | 16 | u64 | the size of the file |
 * | 24 | 36 bytes | what the kind wants |
 * | 60 | u8 | the doorbell: written to with pwrite(2) so that inotify tells who waits; its value means nothing |
 * | 64 | | the kind's own |
 *
 * @internal
 */
export const HEADER_SIZE = 64;
/**
 * Where the kind's own 36 bytes of the header begin.
 *
 * @internal
 */
export const PARAMETERS = 24;
/**
 * The doorbell's offset.
 *
 * @internal
 */
export const DOORBELL = 60;

const MAGIC = 0x21637069;

/**
 * The name of a class that is built on shared memory.
 *
 * @internal
 */
export type SharedKind =
  | "Lock"
  | "RLock"
  | "Semaphore"
  | "BoundedSemaphore"
  | "Condition"
  | "SharedEvent"
  | "Barrier"
  | "SharedValue"
  | "SharedArray"
  | "Channel"
  | "DuplexChannel"
  | "Queue";

/** Kinds by number, from 1 on. New ones are added at the end. */
const KINDS: readonly SharedKind[] = [
  "Lock",
  "RLock",
  "Semaphore",
  "BoundedSemaphore",
  "Condition",
  "SharedEvent",
  "Barrier",
  "SharedValue",
  "SharedArray",
  "Channel",
  "DuplexChannel",
  "Queue",
];

/**
 * How the memory of a kind is laid out.
 *
 * @internal
 */
export interface Layout {
  /** Whose it is. */
  readonly kind: SharedKind;
  /** Raised when an older program would misread it. */
  readonly version: number;
  /** The least size that it can have, header included. */
  readonly leastSize: number;
}

/** Options to create what is shared between processes. */
export interface SharedObjectOptions {
  /**
   * A name for others to open; it stays until it is unlinked. Default: none, and it is gone with its last user, however
   * that one ends.
   */
  name?: string | undefined;
  /** Who may open the name, narrowed by the umask. Default: 0o600, this user alone. */
  mode?: number | undefined;
}

/** A class that can be opened. */
export interface SharedObjectClass<T> {
  /** @internal */
  readonly layout: Layout;
  /** @internal */
  new(memory: SharedMemory): T;
}

/**
 * What the classes that are built on shared memory have in common: {@linkcode Lock} and its like,
 * {@linkcode SharedValue}, {@linkcode SharedArray}, {@linkcode Channel}, {@linkcode Queue}.
 *
 * - With a name any process of this machine that may opens it; without one it is handed over: as a token to a worker or
 *   in a message, as a descriptor to a child or over a Unix socket.
 * - Each `create()`, `open()`, `from()`, `inherited()` makes a handle of its own, for this thread, to be closed.
 *
 * @example
 * ```ts
 * import { Lock, spawn } from "@ipc/ipc";
 *
 * using lock = Lock.create();
 * using same = Lock.from(lock.share()); // The token can be posted to a worker, or sent as JSON.
 * console.log(lock.tryAcquire() !== undefined, same.tryAcquire() === undefined);
 *
 * await using child = spawn("true", { fds: { 3: lock } }); // There: Lock.inherited(3)
 * await child.status;
 * ```
 */
export abstract class SharedObject implements SharedHandle {
  /** Its memory, which begins with the header. */
  readonly #memory: SharedMemory;
  readonly #doorbell: Doorbell;

  /** @internal */
  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#doorbell = new Doorbell(memory.descriptor, DOORBELL);
  }

  /**
   * Opens it by its name.
   *
   * @throws {Deno.errors.NotFound} There is no such name
   * @throws {Deno.errors.PermissionDenied} Its mode does not let this user
   * @throws {Deno.errors.InvalidData} The name is something else's, or another version's
   */
  static open<T extends SharedObject>(this: SharedObjectClass<T>, name: string): T {
    return opened(this, SharedMemory.open(name), `Cannot open ${this.layout.kind} '${name}'`);
  }

  /**
   * In a child: the one that the parent handed over under this number, with {@linkcode spawn}'s `fds`.
   *
   * @throws {Deno.errors.BadResource} Nothing was inherited under this number, or it was taken before
   * @throws {Deno.errors.InvalidData} It is something else
   * @throws {Deno.errors.PermissionDenied} The descriptor is open to read only
   */
  static inherited<T extends SharedObject>(this: SharedObjectClass<T>, fd: number): T {
    return opened(
      this,
      SharedMemory.inherited(fd),
      `Cannot use inherited descriptor ${fd} as a ${this.layout.kind}`,
    );
  }

  /**
   * Takes part in one that was shared: what `share()` returned, in another thread or process of this machine, or here;
   * or what {@linkcode receiveDescriptors} received. Each is a handle of its own, to be closed.
   *
   * @throws {Deno.errors.NotFound} The sharer has closed it, or is gone, or in another pid namespace, and it has no name
   * @throws {Deno.errors.InvalidData} It is something else
   * @throws {TypeError} It is not a token, or one of something else
   */
  static from<T extends SharedObject>(
    this: SharedObjectClass<T>,
    source: SharedToken | ReceivedDescriptor,
  ): T {
    const { kind } = this.layout;
    return opened(this, SharedMemory.fromKind(source, kind), `Cannot receive this ${kind}`);
  }

  /** Removes a name, whoever made it. Who has it open keeps it, and nobody else comes to it any more. */
  static unlink(name: string): void {
    SharedMemory.unlink(name);
  }

  /**
   * The memory.
   *
   * @internal
   */
  get memory(): SharedMemory {
    return this.#memory;
  }

  /**
   * What wakes up those that wait for it on an event loop.
   *
   * @internal
   */
  get doorbell(): Doorbell {
    return this.#doorbell;
  }

  /** Its name, when it has one. */
  get name(): string | undefined {
    return this.#memory.name;
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#memory.closed;
  }

  /**
   * A token for another thread or process of this machine, to be received with `from()`, as often as wanted. Keep this
   * handle open until it was received.
   */
  share(): SharedToken {
    return this.#memory.shareAs((this.constructor as unknown as SharedObjectClass<unknown>).layout.kind);
  }

  /** @internal */
  descriptorForOthers(least: number): FileDescriptor {
    return this.#memory.descriptorForOthers(least);
  }

  /** Gives this handle up. The name stays. Once or often. */
  close(): void {
    this.#memory.close();
    this.#doorbell.close(); // Who waits looks a last time, and finds it closed.
  }

  /**
   * Removes the name, before or after `close()`, when it still is this one's. Who has it open keeps it.
   *
   * @throws {TypeError} It has no name, or this handle did not create it
   */
  unlink(): void {
    this.#memory.unlink();
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Memory for a new object of `size` bytes, header included. `prepare` writes what is not zero, behind the header and in
 * its parameters, before anybody else sees it.
 *
 * @internal
 */
export function createObject(
  layout: Layout,
  size: number,
  options: SharedObjectOptions,
  prepare: (buffer: ArrayBuffer) => void = () => {},
): SharedMemory {
  const { name, mode } = options;
  return SharedMemory.createWith({ name, mode, size }, (buffer) => {
    prepare(buffer);
    const header = new DataView(buffer, 0, HEADER_SIZE);
    header.setUint32(4, layout.version, true);
    header.setUint32(8, KINDS.indexOf(layout.kind) + 1, true);
    header.setBigUint64(16, BigInt(size), true);
    Atomics.store(new Uint32Array(buffer, 0, 1), 0, MAGIC);
  });
}

/**
 * The error of an object whose memory holds what it cannot hold.
 *
 * @internal
 */
export function invalidObject(kind: SharedKind, name: string | undefined, found: string): Error {
  const called = name === undefined ? "" : ` '${name}'`;
  return systemError("EINVAL", { action: `Cannot use ${kind}${called}`, syscall: "mmap", reason: found });
}

/** The object in memory that came from somewhere, when it is one. Otherwise the memory is closed. */
function opened<T extends SharedObject>(
  Class: SharedObjectClass<T>,
  memory: SharedMemory,
  action: string,
): T {
  try {
    if (memory.readOnly) { // What is written there reaches nobody.
      throw systemError("EACCES", { action, syscall: "mmap", reason: "it is open to read only" });
    }
    const wrong = wrongHeader(memory, Class.layout);
    if (wrong !== undefined) throw systemError("EINVAL", { action, syscall: "mmap", reason: wrong });
    return new Class(memory);
  } catch (error) {
    memory.close();
    throw error;
  }
}

/** Where a file must have a name before it has contents (macOS), its maker writes the magic last, soon. */
const MOMENT = 100;

/** What is wrong with a header, if anything. Any program may have written it. */
function wrongHeader({ buffer, size }: SharedMemory, layout: Layout): string | undefined {
  if (size < HEADER_SIZE) return `it has ${size} bytes, and a header alone has ${HEADER_SIZE}`;
  const header = new DataView(buffer, 0, HEADER_SIZE);
  const magicWord = new Uint32Array(buffer, 0, 1);
  const end = performance.now() + MOMENT;
  while (Atomics.load(magicWord, 0) === 0 && performance.now() < end) sleep(1);
  const magic = Atomics.load(magicWord, 0);
  const kind = header.getUint32(8, true);
  const version = header.getUint32(4, true);
  const written = header.getBigUint64(16, true);
  if (magic !== MAGIC) return `it was not made by this library: its first word is 0x${magic.toString(16)}`;
  if (KINDS[kind - 1] !== layout.kind) return `it is a ${KINDS[kind - 1] ?? `thing of unknown kind ${kind}`}`;
  if (version !== layout.version) {
    return `it has version ${version} of its layout, and this program knows version ${layout.version}`;
  }
  if (written !== BigInt(size)) return `its header says ${written} bytes, and it has ${size}`;
  if (size < layout.leastSize) return `it has ${size} bytes, and the least is ${layout.leastSize}`;
  return undefined;
}
