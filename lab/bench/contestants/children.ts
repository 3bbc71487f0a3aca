/** How a contestant of this library starts more of itself. */
import type { SpawnOptions } from "../../../mod.ts";

const CHILD = "child";

/** Whether this process was started so. */
export const IS_CHILD: boolean = Deno.args.at(-2) === CHILD;
/** Which of the children this one is. */
export const INDEX = Number(Deno.args.at(-1));

/** The same program with the same arguments, which ends with this one. */
export function childOptions(fds: SpawnOptions["fds"], index = 0): SpawnOptions {
  const program = ["run", "--quiet", "--no-config", "--no-prompt", "-A", Deno.mainModule];
  return {
    args: [...program, ...Deno.args, CHILD, String(index)],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    noOrphans: true,
    fds,
  };
}
