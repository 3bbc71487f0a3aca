import { systemError } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import { S_IFDIR, stat } from "../ffi/stat.ts";
import { access, X_OK } from "../ffi/unistd.ts";
import { builtin } from "./builtin.ts";
import { pathOf } from "./path.ts";

/** Where a program is looked for, as the shell does. */
interface SearchOptions {
  cwd?: string | URL | undefined;
  clearEnv?: boolean | undefined;
  env?: Record<string, string> | undefined;
}

/**
 * The path of a program: itself when it has a slash (seen from the folder to run it in), otherwise the first
 * executable file on the PATH.
 */
export function locate(command: string, options: SearchOptions): string {
  const path = candidates(command, options).find(executable);
  if (path === undefined) throw spawnFailure(command, options);
  return path;
}

/**
 * The typed error for a program that could not be started.
 *
 * @param cause What the runtime says about it, which is less than can be seen here, but for permissions and resources.
 */
export function spawnFailure(command: string, options: SearchOptions, cause?: unknown): Error {
  if (cause instanceof Deno.errors.NotCapable) return cause;
  const attempt = { action: `Cannot start '${command}'`, syscall: "execve", path: command };
  try {
    return wrongPath(command, options, attempt) ?? otherFailure(cause, attempt);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return otherFailure(cause, attempt); // Without --allow-ffi nothing can be seen here.
  }
}

interface StartAttempt {
  action: string;
  syscall: string;
  path: string;
}

function wrongPath(command: string, options: SearchOptions, attempt: StartAttempt): Error | undefined {
  const folder = folderOf(options);
  if (folder !== undefined) {
    const status = stat(folder);
    const missing = typeof status === "number";
    if (missing || status.type !== S_IFDIR) {
      const reason = `the folder to run it in ${missing ? "does not exist" : "is not one"}: '${folder}'`;
      const code = missing ? "ENOENT" : "ENOTDIR";
      return systemError(code, { ...attempt, syscall: "chdir", path: folder, reason });
    }
  }
  const found = candidates(command, options).find((path) => typeof stat(path) !== "number");
  if (found === undefined) {
    const reason = command.includes("/") ? "it does not exist" : "it is not on the PATH";
    return systemError("ENOENT", { ...attempt, reason });
  }
  if (executable(found)) return undefined;
  return systemError("EACCES", { ...attempt, reason: `'${found}' is not an executable file` });
}

function otherFailure(cause: unknown, attempt: StartAttempt): Error {
  const code = (cause as { code?: ErrnoName } | undefined)?.code ?? "ENOEXEC";
  if (code === "EAGAIN") {
    const advice = "see ulimit -u, and the limits of the container";
    return systemError(code, {
      ...attempt,
      syscall: "fork",
      reason: "there may be no more processes now",
      advice,
    });
  }
  const reasons: Partial<Record<ErrnoName, string>> = {
    ENOENT: "it, its interpreter (#!) or the folder to run it in does not exist",
    EPERM: "the system does not permit it, or not as this user or group",
    ENOEXEC: "the system does not run it: too few resources, or no program",
  };
  return systemError(code, { ...attempt, reason: reasons[code] });
}

function candidates(command: string, options: SearchOptions): string[] {
  if (!command.includes("/")) return searchPath(options).map((folder) => `${folder}/${command}`);
  const folder = folderOf(options);
  return [folder === undefined ? command : builtin("node:path").resolve(folder, command)];
}

function folderOf({ cwd }: SearchOptions): string | undefined {
  return cwd === undefined || cwd === "" ? undefined : pathOf(cwd);
}

function executable(path: string): boolean {
  const status = stat(path);
  return typeof status !== "number" && status.type !== S_IFDIR && access(path, X_OK) === 0;
}

function searchPath({ env, clearEnv }: SearchOptions): string[] {
  const path = env?.["PATH"] ?? (clearEnv ? undefined : Deno.env.get("PATH"))
    ?? "/usr/local/bin:/usr/bin:/bin";
  return path.split(":").map((folder) => folder === "" ? "." : folder);
}
