/** Takes an inherited connection, and echoes its lines; at their end it closes it, and lives on until its stdin ends. */
import { inheritedSocket } from "../../mod.ts";

const stream = inheritedSocket(Number(Deno.args[0]));
for await (const line of stream.lines()) await stream.write(`${line}!\n`);
stream.close();
for await (const _ of Deno.stdin.readable);
