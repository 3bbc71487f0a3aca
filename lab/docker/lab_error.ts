/** What keeps the lab from running, told in one line to whoever started it; further lines are details. */
export class LabError extends Error {
  override name = "LabError";
}
