import { systemError } from "../errors.ts";

/** Others may take the name again and again. */
const MOST_TRIES = 10;

/** A socket file that this process made. */
export class SocketFile {
  readonly #path: string;
  readonly #identity: string | undefined;

  private constructor(path: string, identity: string | undefined) {
    this.#path = path;
    this.#identity = identity;
  }

  /**
   * Lets `bind` make the socket file. A leftover, whose socket is gone, is removed before; anything else that has the
   * name is left as it is, and an error.
   *
   * @param bind Makes the file with `mode` narrowed by the umask; AddrInUse when something has the name
   * @param isLive Whether a socket is behind the file that is there
   */
  static async claim<T extends { close(): void }>(
    path: string,
    mode: number,
    bind: () => T,
    isLive: () => boolean | Promise<boolean>,
  ): Promise<{ made: T; file: SocketFile }> {
    for (let tries = 1;; tries++) {
      const made = attempt(bind, tries < MOST_TRIES);
      if (made === undefined) {
        await removeLeftover(path, isLive);
        continue;
      }
      try {
        const found = look(path);
        // Never a link's target: somebody may have replaced the file by one.
        if (found?.isSocket && found.mode !== mode) Deno.chmodSync(path, mode);
        return { made, file: new SocketFile(path, found?.identity) };
      } catch (error) {
        made.close();
        throw error;
      }
    }
  }

  /** Removes the file, if it is still the one that was made. */
  remove(): void {
    if (this.#identity === undefined || look(this.#path)?.identity !== this.#identity) return;
    try {
      Deno.removeSync(this.#path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Makes a file that no one gets these modes of, whatever the umask. The umask is the whole process's: be short. */
export function withoutMode<T>(modes: number, make: () => T): T {
  const umask = Deno.umask();
  Deno.umask(umask | modes & 0o777);
  try {
    return make();
  } finally {
    Deno.umask(umask);
  }
}

function attempt<T>(bind: () => T, again: boolean): T | undefined {
  try {
    return bind();
  } catch (error) {
    if (again && error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}

/** What has the name. */
interface Found {
  isSocket: boolean;
  what: string;
  mode: number;
  /** The number of an inode alone is soon given to the next file that is made. */
  identity: string;
}

function look(path: string): Found | undefined {
  try {
    const info = Deno.lstatSync(path);
    return {
      isSocket: info.isSocket === true,
      what: info.isSymlink ? "a symbolic link" : info.isDirectory ? "a directory" : "another file",
      mode: (info.mode ?? 0) & 0o777,
      identity: `${info.dev}:${info.ino}:${info.birthtime?.getTime()}:${info.isSocket}`,
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Removes a socket file whose socket is gone. Between the judgement and the removal somebody else could have put a
 * live one in its place: so the file is renamed first, and what was renamed is looked at; a wrong one is put back.
 */
async function removeLeftover(path: string, isLive: () => boolean | Promise<boolean>): Promise<void> {
  const found = look(path);
  if (found === undefined) return;
  const refused = (reason: string, advice: string) =>
    systemError("EADDRINUSE", {
      action: `Cannot listen at unix:${path}`,
      syscall: "bind",
      path,
      reason,
      advice,
    });
  if (!found.isSocket) throw refused(`${found.what} has the name`, "remove it, or choose another name");
  if (await isLive()) throw refused("another process listens there", "stop it, or choose another name");
  const aside = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    Deno.renameSync(path, aside);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // Somebody else has removed it.
    throw error;
  }
  if (look(aside)?.identity !== found.identity) putBack(aside, path);
  Deno.removeSync(aside);
}

/** A second name and not a rename, which would replace what has the name by now. */
function putBack(aside: string, path: string): void {
  try {
    Deno.linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
