import { reasonOf, statusOf } from "./docker.ts";
import { LabError } from "./lab_error.ts";

/** What the operating system, or the client, calls an engine that does not listen any more. */
const GONE = new Set(["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE"]);

/** Whether the error tells that nobody is at the other end of the engine's socket. */
export function tellsOfNoEngine(error: unknown): boolean {
  return GONE.has((error as { code?: string } | null)?.code ?? "")
      && (error as { syscall?: string }).syscall !== "open"
    || (error as Error | null)?.message === "socket hang up";
}

/** The error in words for whoever started the lab, where the engine or a full disk is the cause; else itself. */
export function engineProblem(error: unknown): unknown {
  if (error instanceof LabError) return error;
  const reason = reasonOf(error);
  if ((error as { code?: string } | null)?.code === "ENOSPC") {
    return new LabError(`The disk is full: ${reason}`);
  }
  if (statusOf(error) !== undefined) return new LabError(`The Docker engine refuses: ${reason}`);
  if (tellsOfNoEngine(error)) return new LabError(`The Docker engine has gone: ${reason}`);
  return error;
}
