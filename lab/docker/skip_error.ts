/** Thrown to end a scenario as skipped; the message is the reason. */
export class SkipError extends Error {
  override name = "SkipError";
}
