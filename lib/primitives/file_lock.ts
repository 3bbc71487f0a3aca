import { busy, systemError, timedOut } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import {
  flock,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  O_CREAT,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  open,
  openNew,
} from "../ffi/fcntl.ts";
import { IN_ATTRIB, IN_CLOSE_NOWRITE, IN_CLOSE_WRITE } from "../ffi/inotify.ts";
import { os } from "../ffi/platform.ts";
import { sleep } from "../ffi/poll.ts";
import { fstat, S_IFREG, stat } from "../ffi/stat.ts";
import { checkWait, countOf, type SyncWaitOptions, timeoutOf, type WaitOptions } from "../options.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { Doorbell } from "./inotify.ts";
import { pathOf } from "./path.ts";
import { rendezvous, rendezvousSync } from "./rendezvous.ts";

/** Milliseconds. That a program unlocks the file and keeps it open is nothing that the kernel tells. */
const LOOK_EVERY = 100;

/** Options of {@linkcode FileLock}. */
export interface FileLockOptions {
  /** Who may open the file when it is made here, narrowed by the umask. Default: 0o600, this user alone. */
  mode?: number | undefined;
}

/** How a lock is taken. */
export interface FileLockKind {
  /** Together with others that take it shared, as readers do. Default: false, alone. */
  shared?: boolean | undefined;
}

/** Options of {@linkcode FileLock.acquire}. */
export interface FileLockAcquireOptions extends FileLockKind, WaitOptions {}
/** Options of {@linkcode FileLock.acquireSync}. */
export interface FileLockAcquireSyncOptions extends FileLockKind, SyncWaitOptions {}

/**
 * A lock on a file, shared with programs in any language: Python's `fcntl.flock`, the command `flock`, `Deno.FsFile.lock`.
 * It is advisory: who does not ask for it is not kept from the file.
 *
 * - The kernel releases it when its owner ends, however it ends; nobody is told whether what it protects is half done.
 * - Nothing tells an event loop that such a lock is free; Linux tells when somebody closes the file, as this class does
 *   after it has released it, and every program that ends. `acquire()` then comes within 1 ms or so (measured: 0.4 to
 *   1.4), and up to 100 ms late when a program unlocks the file and keeps it open (`LOCK_UN`); on macOS, and for a folder,
 *   up to 16 ms late. To wait takes 0.3 % of a core, no thread.
 * - There is no order: who blocks in the kernel for it comes first, and who takes it again at once may be the first again.
 *   Between Deno programs take {@linkcode Lock}.
 * - The file stays. Who removes it while somebody waits does no harm to programs that use this class.
 * - It does not reach other machines, save over NFS.
 *
 * Each acquired lock has a descriptor of its own, and so two in one process exclude each other as any two do.
 *
 * Needs `--allow-ffi`. As flock(2), not as the record locks of fcntl(2): Python's `fcntl.lockf` does not see it.
 *
 * @example
 * ```ts
 * import { FileLock } from "@ipc/ipc";
 *
 * const lock = new FileLock(`${Deno.makeTempDirSync()}/lock`);
 * {
 *   using _guard = await lock.acquire({ timeout: 5000 });
 *   console.log("alone", lock.tryAcquire() === undefined);
 * }
 * using _first = lock.acquireSync({ shared: true });
 * using _second = lock.acquireSync({ shared: true });
 * ```
 */
export class FileLock {
  /** The file. */
  readonly path: string;
  readonly #mode: number;

  /**
   * Nothing is opened before the lock is taken. A file that does not exist is made then.
   *
   * @param path A file, or a folder that exists.
   */
  constructor(path: string | URL, options: FileLockOptions = {}) {
    this.path = pathOf(path);
    this.#mode = countOf("mode", options.mode ?? 0o600, 0);
    if (this.#mode > 0o777) {
      throw new RangeError(`The option mode takes 0 to 0o777, and got 0o${this.#mode.toString(8)}`);
    }
  }

  /**
   * Takes the lock, waiting for it.
   *
   * @throws {Deno.errors.TimedOut} Others had it for the whole time-out
   * @throws {Deno.errors.NotFound} The file's folder does not exist
   * @throws {Deno.errors.PermissionDenied} The file may not be opened, or not be made
   */
  async acquire(options: FileLockAcquireOptions = {}): Promise<FileLockGuard> {
    checkWait(options);
    const attempt = new Attempt(this.path, this.#mode, options);
    try {
      return attempt.try() ?? await attempt.wait(options);
    } finally {
      attempt.close();
    }
  }

  /**
   * The same, blocking this thread. Without a time-out it waits in the kernel, and is woken at once.
   *
   * @throws {Deno.errors.Busy} This thread has it, and would wait for itself
   */
  acquireSync(options: FileLockAcquireSyncOptions = {}): FileLockGuard {
    const timeout = timeoutOf(options);
    const attempt = new Attempt(this.path, this.#mode, options);
    try {
      const first = attempt.try();
      if (first !== undefined) return first;
      attempt.mustNotBeOurs();
      if (timeout === Infinity) return attempt.block();
      return rendezvousSync(() => attempt.try(), timeout, (timeout) => attempt.late(timeout), sleep);
    } finally {
      attempt.close();
    }
  }

  /** Takes the lock, unless others have it. */
  tryAcquire(options: FileLockKind = {}): FileLockGuard | undefined {
    const attempt = new Attempt(this.path, this.#mode, options);
    try {
      return attempt.try();
    } finally {
      attempt.close();
    }
  }
}

/**
 * A {@linkcode FileLock} that was taken. `using` releases it.
 *
 * @example
 * ```ts
 * import { FileLock } from "@ipc/ipc";
 *
 * const lock = new FileLock(`${Deno.makeTempDirSync()}/lock`);
 * const guard = await lock.acquire();
 * try {
 *   console.log(guard.shared);
 * } finally {
 *   guard.release();
 * }
 * ```
 */
export class FileLockGuard implements Disposable {
  /** Whether it was taken together with others. */
  readonly shared: boolean;
  readonly #descriptor: FileDescriptor;
  readonly #identity: string;

  /** @internal */
  constructor(descriptor: FileDescriptor, identity: string, shared: boolean) {
    this.shared = shared;
    this.#descriptor = descriptor;
    this.#identity = identity;
    count(identity, 1);
  }

  /** Gives the lock back. Once or often. */
  release(): void {
    if (this.#descriptor.closed) return;
    count(this.#identity, -1);
    // A child that is being started has a copy of the descriptor until its program begins.
    flock(this.#descriptor.number("unlock"), LOCK_UN);
    this.#descriptor.close();
  }

  /** For `using`: as release. */
  [Symbol.dispose](): void {
    this.release();
  }
}

/** How many locks this thread has on a file. */
const held = new Map<string, number>();

function count(identity: string, change: 1 | -1): void {
  const now = (held.get(identity) ?? 0) + change;
  if (now === 0) held.delete(identity);
  else held.set(identity, now);
}

/** One try to have the lock, with a descriptor that is the guard's when it succeeds. */
class Attempt {
  readonly #path: string;
  readonly #mode: number;
  readonly #shared: boolean;
  #descriptor: FileDescriptor | undefined;
  #identity = "";
  #isFile = false;

  constructor(path: string, mode: number, { shared = false }: FileLockKind) {
    if (typeof shared !== "boolean") {
      throw new TypeError(`The option shared takes a boolean, and got ${typeof shared}`);
    }
    this.#path = path;
    this.#mode = mode;
    this.#shared = shared;
  }

  try(): FileLockGuard | undefined {
    return this.#lock(LOCK_NB);
  }

  /** All that wait keep the file open: their looks are no closes, which would let all look again. */
  async wait(options: WaitOptions): Promise<FileLockGuard> {
    const late = (timeout: number) => this.late(timeout);
    if (os() !== "linux" || !this.#isFile) return await rendezvous(() => this.try(), options, late);
    const events = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB;
    const doorbell = new Doorbell(this.#descriptor!, 0, events, LOOK_EVERY);
    try {
      return await doorbell.wait(() => this.try(), options, late);
    } finally {
      doorbell.close();
    }
  }

  block(): FileLockGuard {
    return this.#lock(0)!;
  }

  late(timeout: number): Error {
    return timedOut(this.#action, "others have it", timeout);
  }

  mustNotBeOurs(): void {
    if (held.has(this.#identity)) throw busy(this.#action, "this thread has it, and would wait for itself");
  }

  close(): void {
    this.#descriptor?.close();
  }

  get #action(): string {
    return `Cannot lock '${this.#path}'`;
  }

  #lock(flags: number): FileLockGuard | undefined {
    for (;;) {
      const descriptor = this.#descriptor ??= this.#open();
      const operation = (this.#shared ? LOCK_SH : LOCK_EX) | flags;
      let result = flock(descriptor.number("lock"), operation);
      if (result === -errno("EBADF")) { // NFS wants a file to be open for writing to be locked alone.
        descriptor.close();
        const fd = open(this.#path, O_RDWR);
        if (fd >= 0) {
          this.#descriptor = new FileDescriptor(fd, descriptor.name);
          result = flock(fd, operation);
        }
      }
      if (result === -errno("EAGAIN") && flags === LOCK_NB) {
        if (this.#isThere()) return undefined;
      } else if (result < 0) {
        throw systemError(result, { action: this.#action, syscall: "flock", path: this.#path });
      } else if (this.#isThere()) {
        const identity = this.#identity;
        const taken = this.#descriptor!;
        this.#descriptor = undefined;
        return new FileLockGuard(taken, identity, this.#shared);
      }
      // The file was removed or replaced: others lock the new one.
      this.#descriptor?.close();
      this.#descriptor = undefined;
    }
  }

  /** Whether the path still leads to what is open. */
  #isThere(): boolean {
    const now = stat(this.#path);
    return typeof now !== "number" && now.identity === this.#identity;
  }

  #open(): FileDescriptor {
    const attempt = { action: this.#action, syscall: "open", path: this.#path };
    // A fifo would block without O_NONBLOCK; O_CREAT alone would be refused for another user's file in /tmp.
    let fd = open(this.#path, O_RDONLY | O_NONBLOCK());
    if (fd === -errno("ENOENT")) fd = openNew(this.#path, O_RDONLY | O_CREAT() | O_NONBLOCK(), this.#mode);
    if (fd < 0) throw systemError(fd, attempt);
    const descriptor = new FileDescriptor(fd, `lock '${this.#path}'`);
    const status = fstat(fd);
    if (typeof status === "number") {
      descriptor.close();
      throw systemError(status, { ...attempt, syscall: "fstat" });
    }
    this.#identity = status.identity;
    this.#isFile = status.type === S_IFREG;
    return descriptor;
  }
}
