import { notOurs, succeeded } from "../errors.ts";
import { F_DUPFD_CLOEXEC, F_GETFL, F_SETFL, fcntl, O_NONBLOCK, open } from "../ffi/fcntl.ts";
import { os } from "../ffi/platform.ts";
import { close } from "../ffi/unistd.ts";

/** Why a handle that a child has now cannot be used here. */
export const HANDED_OVER = "it was handed to a child; dup() it before to keep a handle";

/** The owner of a descriptor: it is closed exactly once, here, when all who share it have closed it. */
export class FileDescriptor {
  #fd: number;
  #owners: { count: number };
  #goneBecause = "it is closed";
  /** What it is, for messages: "pipe", "fifo '/tmp/a'". */
  readonly name: string;

  constructor(fd: number, name: string) {
    this.#fd = fd;
    this.#owners = { count: 1 };
    this.name = name;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  /** The number, for a call that is made now. */
  number(action: string): number {
    if (this.#fd < 0) throw notOurs(`Cannot ${action} ${this.name}`, this.#goneBecause);
    return this.#fd;
  }

  /** A second owner of the same number, as a reader and a writer of one socket need. */
  share(): FileDescriptor {
    const shared = new FileDescriptor(this.number("share"), this.name);
    shared.#owners = this.#owners;
    shared.#owners.count++;
    return shared;
  }

  /** A copy of the number, at `least` or above, close-on-exec. It shares flags with this one. */
  copy(action: string, least = 3): number {
    return succeeded(fcntl(this.number(action), F_DUPFD_CLOEXEC(), least), {
      action: `Cannot ${action} ${this.name}`,
      syscall: "fcntl",
    });
  }

  /**
   * A second descriptor of the same end. Where /proc can open it anew it has flags of its own, so that a process
   * that makes its copy blocking does not make ours blocking.
   */
  duplicate(action: string, access: number): FileDescriptor {
    if (os() === "linux") {
      const fd = open(`/proc/self/fd/${this.number(action)}`, access | O_NONBLOCK());
      if (fd >= 0) return new FileDescriptor(fd, this.name);
    }
    return new FileDescriptor(this.copy(action), this.name);
  }

  /** Gives the number up: somebody else closes it. Later uses say why. */
  release(action: string, because: string): number {
    const fd = this.number(action);
    this.#fd = -1;
    this.#goneBecause = because;
    return fd;
  }

  /** Makes reads and writes wait in the kernel (false), or answer at once (true), for all who share the flags. */
  setNonBlocking(on: boolean): void {
    const attempt = { action: `Cannot change ${this.name}`, syscall: "fcntl" };
    const flags = succeeded(fcntl(this.number("change"), F_GETFL), attempt);
    succeeded(fcntl(this.#fd, F_SETFL, on ? flags | O_NONBLOCK() : flags & ~O_NONBLOCK()), attempt);
  }

  /** Closes it; later uses say why. */
  closeBecause(because: string): void {
    this.#goneBecause = because;
    this.close();
  }

  /** Closes it, unless it is closed or given up already. */
  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0 && --this.#owners.count === 0) close(fd);
  }
}
