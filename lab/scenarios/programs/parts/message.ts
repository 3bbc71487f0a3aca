/**
 * Tells the lab, for the report's time line, that this container sends another (by its name) something. Each
 * such line costs a line of the container's log: tell of the first and the last of many.
 */
export function message(to: string, text: string): void {
  const at = performance.timeOrigin + performance.now(); // The log's own times are later, and not all equally.
  console.log(`@message ${JSON.stringify({ to, text, at })}`);
}
