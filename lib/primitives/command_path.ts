import { systemError } from "../errors.ts";
import { S_IFDIR, stat } from "../ffi/stat.ts";
import { access, X_OK } from "../ffi/unistd.ts";

/** Where a program is looked for, as the shell does. */
interface SearchOptions {
  cwd?: string | URL | undefined;
  clearEnv?: boolean | undefined;
  env?: Record<string, string> | undefined;
}

/** The path of a program: itself when it has a slash, otherwise the first executable file on the PATH. */
export function locate(command: string, options: SearchOptions): string {
  if (command.includes("/")) {
    if (executable(command)) return command;
  } else {
    for (const folder of searchPath(options)) {
      if (executable(`${folder}/${command}`)) return `${folder}/${command}`;
    }
  }
  throw spawnFailure(command, options);
}

/** The typed error for a program that could not be started. */
export function spawnFailure(command: string, options: SearchOptions): Error {
  const attempt = { action: `Cannot start '${command}'`, syscall: "execve", path: command };
  const folder = options.cwd instanceof URL ? options.cwd.pathname : options.cwd;
  if (folder !== undefined && typeof stat(folder) === "number") {
    return systemError("ENOENT", {
      ...attempt,
      syscall: "chdir",
      path: folder,
      reason: `the folder to run it in does not exist: '${folder}'`,
    });
  }
  const candidates = command.includes("/")
    ? [command]
    : searchPath(options).map((folder) => `${folder}/${command}`);
  const found = candidates.find((path) => typeof stat(path) !== "number");
  if (found === undefined) {
    const reason = command.includes("/") ? "it does not exist" : "it is not on the PATH";
    return systemError("ENOENT", { ...attempt, reason });
  }
  if (!executable(found)) {
    return systemError("EACCES", { ...attempt, reason: `'${found}' is not an executable file` });
  }
  return systemError("ENOEXEC", {
    ...attempt,
    reason: "the system does not run it: too few resources, or no program",
  });
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
