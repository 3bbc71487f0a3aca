import { systemError } from "../errors.ts";
import { readdir } from "../ffi/dirent.ts";
import { os } from "../ffi/platform.ts";
import { FOLDER, removeIfLeft } from "./shared_memory_file.ts";

/** Options of {@linkcode reapSharedMemory}. */
export interface ReapOptions {
  /** Only names that begin so. Default: all. */
  prefix?: string | undefined;
  /** Only list them. Default: false. */
  dryRun?: boolean | undefined;
}

/**
 * Removes the names of shared memory, and of what is built on it, that nobody has open any more: those of programs that
 * were killed before they unlinked them. Returns them.
 *
 * - Only what this library created, for this user (root: for anybody), is touched; nothing of Python's or others'.
 * - What its creator closed on purpose, for somebody to open it later, looks the same: keep it open, or do not reap.
 * - Programs in other containers that share /dev/shm count, too: the kernel is asked whether any has it open.
 *
 * Needs `--allow-ffi`. Linux only. It asks by write leases, fcntl(2).
 *
 * @throws {Deno.errors.NotSupported} Not on Linux
 *
 * @example
 * ```ts
 * import { reapSharedMemory } from "@ipc/ipc";
 *
 * for (const name of reapSharedMemory({ prefix: "prices-" })) console.log(`${name} was left behind`);
 * ```
 */
export function reapSharedMemory(options: ReapOptions = {}): string[] {
  const action = "Cannot look for left shared memory";
  if (os() !== "linux") {
    throw systemError("EOPNOTSUPP", { action, syscall: "readdir", reason: "only Linux lists it" });
  }
  const names = readdir(FOLDER);
  if (typeof names === "number") throw systemError(names, { action, syscall: "opendir", path: FOLDER });
  const { prefix = "", dryRun = false } = options;
  return names.filter((name) => name.startsWith(prefix) && removeIfLeft(name, !dryRun) === "removed").sort();
}
