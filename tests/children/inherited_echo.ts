/**
 * Takes two inherited descriptors, and echoes the lines of the first to the second. Closes both at the end, or when
 * told to "stop", and lives on until its stdin ends.
 */
import { inheritedReader, inheritedWriter } from "../../mod.ts";

const [from, to] = Deno.args.map(Number);
const reader = inheritedReader(from!);
const writer = inheritedWriter(to!);
for await (const line of reader.lines()) {
  if (line === "stop") break;
  await writer.write(`${line}!\n`);
}
writer.close();
reader.close();
for await (const _ of Deno.stdin.readable);
