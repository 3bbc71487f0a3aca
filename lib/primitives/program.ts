import { systemError } from "../errors.ts";
import { os } from "../ffi/platform.ts";
import { locate } from "./command_path.ts";

/** What is executed, with which arguments, under which name. */
export interface Program {
  /** What the caller called it, for messages. */
  name: string;
  file: string;
  args: string[];
  argv0?: string;
}

/**
 * The program as it was given. node:child_process, which alone can place descriptors, takes a Deno among file and
 * arguments for a Node, and rewrites what follows: `deno x.ts` becomes `deno run -A x.ts`, with all permissions.
 * It knows Deno by its exact path, so here the path is spelled in another way.
 */
export function literally(program: Program, env: Record<string, string> = {}): Program {
  const deno = Deno.execPath();
  const slash = deno.lastIndexOf("/");
  const spelled = `${deno.slice(0, slash)}/.${deno.slice(slash)}`;
  const result: Program = {
    ...program,
    file: program.file === deno ? spelled : program.file,
    args: program.args.map((argument) => argument === deno ? spelled : argument),
  };
  if (program.file === deno) result.argv0 = deno;
  // `sh -c TEXT`, where TEXT starts a Deno by its path or by a variable.
  const [option, text] = program.args;
  const named = [deno, ...Object.keys(env).filter((name) => env[name] === deno)];
  if (option !== "-c" || !named.some((name) => text?.includes(name))) return result;
  return { ...program, file: locate("env", {}), args: [result.file, ...result.args] };
}

/**
 * The same program, started so that the kernel kills it when its parent ends: setpriv(1) asks for that
 * (PR_SET_PDEATHSIG), and the shell behind it makes sure that the parent has not ended before that.
 */
export function withoutOrphans(program: Program): Program {
  const action = `Cannot start '${program.file}' with { noOrphans: true }`;
  const attempt = { action, syscall: "prctl" };
  if (os() !== "linux") throw systemError("EOPNOTSUPP", { ...attempt, reason: "only Linux has it" });
  let setpriv: string;
  let sh: string;
  try {
    setpriv = locate("setpriv", {});
    sh = locate("sh", {});
  } catch {
    throw systemError("EOPNOTSUPP", {
      ...attempt,
      reason: "it needs setpriv (util-linux) and sh on the PATH",
    });
  }
  const script = `[ "$PPID" = "$0" ] || exit 1; exec "$@"`;
  return {
    ...program,
    file: setpriv,
    args: ["--pdeathsig", "KILL", "--", sh, "-c", script, `${Deno.pid}`, program.file, ...program.args],
  };
}
