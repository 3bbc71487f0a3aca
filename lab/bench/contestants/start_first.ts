import type { Connection } from "../../../mod.ts";

/** What a process that was just started does. */
export async function sayFirst(connection: Connection): Promise<void> {
  await connection.send("first");
}

/** The same, as its result. */
export function first(): string {
  return "first";
}
