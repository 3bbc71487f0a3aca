const LOOKS_EVERY_MS = 50;

/** What to do while somebody else has a lock. */
export interface LockWait {
  /** Called when it has to be waited for. */
  onWait?(): void;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
}

/** A locked file. It is unlocked with `unlock()`, or when its process ends, however it ends. */
export class HostLock implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Locks the file, making it first unless it is there. Waits while somebody else has it. */
  static async acquire(path: string, { onWait, signal }: LockWait = {}): Promise<HostLock> {
    for (let first = true;; first = false) {
      const file = await Deno.open(path, { read: true, write: true, create: true });
      // Who had it may have removed it, and a new file may be there.
      if (await file.tryLock(true) && isAt(file, path)) return new HostLock(file);
      file.close();
      signal?.throwIfAborted();
      if (first) onWait?.();
      await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
    }
  }

  /** Locks the file together with others that share it, which never waits where nobody has it alone. */
  static async share(path: string): Promise<HostLock> {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    await file.lock(false);
    return new HostLock(file);
  }

  /** From shared to mine alone; false when others share it. To be called by one process at a time. */
  async becomeOnly(): Promise<boolean> {
    if (await this.#file.tryLock(true)) return true;
    await this.#file.lock(false); // flock(2) gives the old lock up before it tries to get the new one.
    return false;
  }

  /** From mine alone to shared. */
  async becomeShared(): Promise<void> {
    await this.#file.lock(false);
  }

  /** Unlocks it. */
  unlock(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.unlock();
  }
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
