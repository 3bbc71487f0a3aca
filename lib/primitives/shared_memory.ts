import { systemError } from "../errors.ts";
import { F_GETFL, fcntl, O_ACCMODE, O_NONBLOCK, O_RDONLY, O_RDWR, open } from "../ffi/fcntl.ts";
import { os } from "../ffi/platform.ts";
import { type FileStatus, fstat } from "../ffi/stat.ts";
import { countOf } from "../options.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { inheritedFile } from "./inherited.ts";
import { ReceivedDescriptor } from "./received_descriptor.ts";
import type { SharedHandle } from "./shared_handle.ts";
import {
  allocate,
  checkName,
  describe,
  makeNamed,
  makeUnnamed,
  openNamed,
  removeName,
  sealedAgainstShrinking,
  sealMemory,
  statusOf,
} from "./shared_memory_file.ts";
import { MemoryMapping } from "./shared_memory_mapping.ts";
import { checkToken, openToken, type SharedToken } from "./shared_memory_token.ts";

/** Options of {@linkcode SharedMemory.create}. */
export interface SharedMemoryOptions {
  /** How many bytes, exactly: 1 or more. */
  size: number;
  /**
   * A name for others to open, as shm_open(3) has it without its slash; it stays until {@linkcode SharedMemory.unlink}.
   * Default: none, and the memory is gone with its last user, however that one ends.
   */
  name?: string | undefined;
  /** Who may open the name, narrowed by the umask. Default: 0o600, this user alone. */
  mode?: number | undefined;
  /**
   * Nobody but this handle can ever write: everybody else opens it with `readOnly`, whatever they try. Without a name,
   * and on Linux only. Default: false.
   */
  soleWriter?: boolean | undefined;
}

/** Options of {@linkcode SharedMemory.open}. */
export interface OpenSharedMemoryOptions {
  /** See {@linkcode SharedMemory.readOnly}. Default: false. */
  readOnly?: boolean | undefined;
}

/** What is opened, for the constructor. */
interface Opened {
  name?: string | undefined;
  descriptor: FileDescriptor;
  mapping: MemoryMapping;
  status: FileStatus;
  readOnly: boolean;
  sealed: boolean;
  created: boolean;
  soleWriter?: boolean;
}

/**
 * Memory that several processes, and threads, have in their reach at the same time: what one writes the others see, with
 * no copy and no call.
 *
 * - Nothing orders what several do at once: use `Atomics` on a typed array of it, a {@linkcode Lock}, or something
 *   built on it that does: {@linkcode SharedArray}, {@linkcode Channel}, {@linkcode Queue}.
 * - After `close()` every view of it has length 0; only a view whose buffer was transferred (`postMessage` with a
 *   transfer list) keeps its bytes, and its memory until this process ends. An operation that uses a view is to be
 *   awaited before.
 * - Close it: a handle that is only forgotten keeps its memory until the process ends, one of a worker that ended as well.
 * - A name stays when everybody is gone, however they ended, and its memory with it: `unlink()` it, and see
 *   {@linkcode reapSharedMemory}. Memory without a name needs neither.
 * - Who may write to memory with a name can also cut it short, and that ends every process that then touches the missing
 *   part (SIGBUS): give write permission to friends only. Memory without a name is sealed against it (Linux).
 * - A name takes its pages when it is created (a full /dev/shm is an error then, and never later); memory without one
 *   takes a page when it is first written to, so that 100 GB with little in them are possible.
 *
 * The bytes are those of Python's `multiprocessing.shared_memory`, with the same names: either side creates.
 * (Before 3.13, Python removes at its end what it has only opened; `track=False` or
 * `resource_tracker.unregister(shm._name, "shared_memory")` keeps it from that.)
 *
 * Needs `--allow-ffi`. As shm_open(3) and memfd_create(2).
 *
 * @example Between two threads or processes: memory without a name
 * ```ts
 * import { SharedMemory } from "@ipc/ipc";
 *
 * using memory = SharedMemory.create({ size: 4096 });
 * const numbers = new Int32Array(memory.buffer);
 * Atomics.add(numbers, 0, 42);
 *
 * // Elsewhere, with the token from postMessage, a connection, or an argument as JSON:
 * using theirs = SharedMemory.from(memory.share());
 * console.log(new Int32Array(theirs.buffer)[0]);
 * ```
 */
export class SharedMemory implements SharedHandle {
  /** Its name, when it has one. */
  readonly name: string | undefined;
  /** How many bytes it has. */
  readonly size: number;
  /**
   * Whether this handle only reads. It sees what others write. What it writes itself goes to a private copy of that
   * page (4 KiB), which from then on does not see others' changes; an error, a signal or a crash it is not.
   */
  readonly readOnly: boolean;
  /** Whether it is certain that nobody can cut it short under this process's hands. */
  readonly sealed: boolean;
  readonly #descriptor: FileDescriptor;
  readonly #mapping: MemoryMapping;
  readonly #identity: string;
  readonly #created: boolean;
  readonly #othersOnlyRead: boolean;

  private constructor(opened: Opened) {
    this.name = opened.name;
    this.size = opened.mapping.size;
    this.readOnly = opened.readOnly;
    this.sealed = opened.sealed;
    this.#descriptor = opened.descriptor;
    this.#mapping = opened.mapping;
    this.#identity = opened.status.identity;
    this.#created = opened.created;
    this.#othersOnlyRead = opened.readOnly || opened.soleWriter === true;
  }

  /**
   * Makes memory, all zeros.
   *
   * A name that exists is an error, unless this library made it, for this user, and nobody has it open any more: then
   * its maker is dead or gone, and the name is taken over (Linux).
   *
   * @throws {RangeError} A size that is not a whole number of at least 1, or a name of more than 255 bytes (macOS: 30)
   * @throws {TypeError} A name that is empty or has a slash
   * @throws {Deno.errors.AlreadyExists} The name is taken
   * @throws {Error} With `code` "ENOSPC": /dev/shm has no room for it; "ENOMEM", "EFBIG": no memory can be that large
   *
   * @example
   * ```ts
   * import { SharedMemory } from "@ipc/ipc";
   *
   * using memory = SharedMemory.create({ name: `prices-${Deno.pid}`, size: 1 << 20 });
   * new Float64Array(memory.buffer).fill(99.5);
   * console.log(memory.name, memory.size);
   * memory.unlink();
   * ```
   */
  static create(options: SharedMemoryOptions): SharedMemory {
    return SharedMemory.createWith(options, () => {});
  }

  /**
   * The same, with contents before anybody else can open it.
   *
   * @internal
   */
  static createWith(options: SharedMemoryOptions, prepare: (buffer: ArrayBuffer) => void): SharedMemory {
    const size = countOf("size", options.size, 1);
    const name = options.name === undefined ? undefined : checkName(options.name);
    const mode = modeOf(options);
    const soleWriter = options.soleWriter ?? false;
    if (soleWriter && (name !== undefined || os() !== "linux")) {
      throw new TypeError("The option soleWriter is for memory without a name, on Linux");
    }
    const action = `Cannot create ${describe(name)}`;
    let mapping: MemoryMapping | undefined;
    const map = (descriptor: FileDescriptor) => {
      mapping = new MemoryMapping(descriptor, size, false, action);
      prepare(mapping.buffer);
    };
    let descriptor: FileDescriptor | undefined;
    try {
      if (name === undefined) {
        descriptor = makeUnnamed(size, action);
        map(descriptor);
        sealMemory(descriptor, soleWriter, action);
      } else descriptor = makeNamed(name, size, mode, action, map);
      const sealed = name === undefined && os() === "linux";
      const status = statusOf(descriptor, action);
      return new SharedMemory({
        name,
        descriptor,
        mapping: mapping!,
        status,
        readOnly: false,
        sealed,
        created: true,
        soleWriter,
      });
    } catch (error) {
      mapping?.close();
      descriptor?.close();
      throw error;
    }
  }

  /**
   * Opens memory by its name, whoever created it, in whatever language.
   *
   * @throws {Deno.errors.NotFound} There is no such name
   * @throws {Deno.errors.PermissionDenied} Its mode does not let this user; `readOnly` may be allowed
   * @throws {Deno.errors.InvalidData} It is empty, or not a file
   * @throws {Error} With `code` "ENOSPC": its creator took no room for it in /dev/shm, and there is none left
   */
  static open(name: string, options: OpenSharedMemoryOptions = {}): SharedMemory {
    const readOnly = options.readOnly ?? false;
    const action = `Cannot open ${describe(checkName(name))}`;
    const [descriptor, status] = openNamed(name, readOnly ? O_RDONLY : O_RDWR, action);
    return SharedMemory.#map(descriptor, status, name, readOnly, action);
  }

  /**
   * In a child: the memory that the parent handed over under this number: {@linkcode spawn}'s `fds`, or Python's
   * `pass_fds`. A file that can be mapped will do as well. One that is open to read is `readOnly`.
   *
   * @throws {Deno.errors.BadResource} Nothing was inherited under this number, or it was taken before
   * @throws {Deno.errors.InvalidData} It is neither memory nor a file, or empty
   */
  static inherited(fd: number): SharedMemory {
    const action = `Cannot map inherited descriptor ${fd}`;
    return SharedMemory.#take(inheritedFile(fd, action), action);
  }

  /**
   * Takes part in memory that was shared: what {@linkcode SharedMemory.share} returned, in another thread or process of
   * this machine, or here; or what {@linkcode receiveDescriptors} received. As often as one likes; each is a handle of
   * its own, to be closed.
   *
   * @throws {Deno.errors.NotFound} The sharer has closed it, or is gone, or in another pid namespace, and it has no name
   * @throws {Deno.errors.PermissionDenied} The sharer is another user
   * @throws {TypeError} It is not a token, or one of something else
   */
  static from(source: SharedToken | ReceivedDescriptor): SharedMemory {
    return SharedMemory.fromKind(source, "SharedMemory");
  }

  /**
   * The same for what is built on it.
   *
   * @internal
   */
  static fromKind(source: SharedToken | ReceivedDescriptor, kind: string): SharedMemory {
    if (source instanceof ReceivedDescriptor) {
      return SharedMemory.#take(source.file(), "Cannot map a received descriptor");
    }
    const token = checkToken(source, kind);
    const [descriptor, status] = openToken(token, token.readOnly ? O_RDONLY : O_RDWR);
    const action = `Cannot receive ${describe(token.name)}`;
    return SharedMemory.#map(descriptor, status, token.name, token.readOnly, action);
  }

  /** Removes a name, whoever made it. Who has it open keeps it, and nobody else comes to it any more. */
  static unlink(name: string): void {
    const action = `Cannot unlink ${describe(checkName(name))}`;
    removeName(name, undefined, action);
  }

  static #take(descriptor: FileDescriptor, action: string): SharedMemory {
    const access = fcntl(descriptor.number("map"), F_GETFL) & O_ACCMODE;
    try {
      const status = statusOf(descriptor, action);
      return SharedMemory.#map(descriptor, status, undefined, access === O_RDONLY, action);
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  /** Maps what others made, after it was made sure that no page of it can be missing. */
  static #map(
    descriptor: FileDescriptor,
    status: FileStatus,
    name: string | undefined,
    readOnly: boolean,
    action: string,
  ): SharedMemory {
    try {
      const sealed = sealedAgainstShrinking(descriptor);
      // Sealed against shrinking, it has this size for ever.
      const now = fstat(descriptor.number("look at"));
      const size = typeof now === "number" ? status.size : now.size;
      if (size === 0) throw systemError("EINVAL", { action, syscall: "fstat", reason: "it is empty" });
      if (!sealed && !readOnly && status.allocated < size) allocate(descriptor, size, action);
      const mapping = new MemoryMapping(descriptor, size, readOnly, action);
      if (!sealed && readOnly && status.allocated < size) mapping.populate(action);
      return new SharedMemory({ name, descriptor, mapping, status, readOnly, sealed, created: false });
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  /** Its bytes, to make views of. Detached by `close()`: it then has length 0, and so has every view. */
  get buffer(): ArrayBuffer {
    return this.#mapping.buffer;
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#mapping.closed;
  }

  /**
   * Where it is mapped in this process.
   *
   * @internal
   */
  get address(): bigint {
    return this.#mapping.address;
  }

  /**
   * What tells it from all other memory, in every process.
   *
   * @internal
   */
  get identity(): string {
    return this.#identity;
  }

  /**
   * Its descriptor, open as long as it is mapped.
   *
   * @internal
   */
  get descriptor(): FileDescriptor {
    return this.#descriptor;
  }

  /**
   * A token for another thread or process of this machine, to be received with {@linkcode SharedMemory.from}, as often
   * as wanted. Keep this handle open until it was received.
   *
   * @example
   * ```ts
   * import { SharedMemory } from "@ipc/ipc";
   *
   * using memory = SharedMemory.create({ size: 8 });
   * const argument = JSON.stringify(memory.share());
   * // In another process:
   * using same = SharedMemory.from(JSON.parse(argument));
   * new Uint8Array(same.buffer)[0] = 7;
   * console.log(new Uint8Array(memory.buffer)[0]);
   * ```
   */
  share(): SharedToken {
    return this.shareAs("SharedMemory");
  }

  /**
   * The same for what is built on it.
   *
   * @internal
   */
  shareAs(kind: string): SharedToken {
    const fd = this.#descriptor.number("share");
    const name = this.name === undefined ? {} : { name: this.name };
    return { kind, pid: Deno.pid, fd, identity: this.#identity, readOnly: this.#othersOnlyRead, ...name };
  }

  /** @internal */
  descriptorForOthers(least: number): FileDescriptor {
    const from = this.#descriptor;
    const fd = from.number("hand over");
    // Opened anew: who keeps the copy open does not keep ours open, whose end others look out for.
    const access = this.#othersOnlyRead ? O_RDONLY : O_RDWR;
    const anew = os() === "linux" ? open(`/proc/self/fd/${fd}`, access | O_NONBLOCK()) : -1;
    if (anew < 0) return new FileDescriptor(from.copy("hand over", least), from.name);
    const opened = new FileDescriptor(anew, from.name);
    if (anew >= least) return opened;
    try {
      return new FileDescriptor(opened.copy("hand over", least), from.name);
    } finally {
      opened.close();
    }
  }

  /** Gives this handle up: views of it have length 0 from now on. The name stays. Once or often. */
  close(): void {
    this.#mapping.close();
    this.#descriptor.close();
  }

  /**
   * Removes the name, before or after `close()`, when it still is this memory's. Who has it open keeps it.
   *
   * @throws {TypeError} It has no name, or this handle did not create it: {@linkcode SharedMemory.unlink} takes a name
   */
  unlink(): void {
    const what = describe(this.name);
    if (this.name === undefined) throw new TypeError("Cannot unlink shared memory without a name");
    if (!this.#created) {
      throw new TypeError(
        `Cannot unlink ${what}: it was opened here, and who created it owns the name; SharedMemory.unlink(name) removes any`,
      );
    }
    removeName(this.name, this.#identity, `Cannot unlink ${what}`);
  }

  /** For `using`: as close. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function modeOf({ mode, name }: SharedMemoryOptions): number {
  if (mode === undefined) return 0o600;
  if (name === undefined) throw new TypeError("The option mode is for memory with a name");
  if (countOf("mode", mode, 0) > 0o777) {
    throw new RangeError(`The option mode takes permission bits up to 0o777, and got 0o${mode.toString(8)}`);
  }
  return mode;
}
