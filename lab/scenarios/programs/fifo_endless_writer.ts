/**
 * Writes numbered lines into a fifo as fast as they are read, until SIGTERM: `FIFO READER`, READER being the name
 * of the container at the other side. Each start is another sender. At the end it says `wrote N lines`.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import { abortOnSignal, openFifoWriter } from "../../../mod.ts";
import { makeFifo } from "./parts/make_fifo.ts";
import { message } from "./parts/message.ts";
import { Numbered } from "./parts/numbered_line.ts";

const [path = "", reader = ""] = Deno.args;
await makeFifo(path);
using stop = abortOnSignal("SIGTERM");
using writer = await openFifoWriter(path, { timeout: 15_000 });
const sender = crypto.randomUUID();
message(reader, `lines of ${sender.slice(0, 8)}`);
let lines = 0;
// A line is at most PIPE_BUF long, and so goes in whole or not at all, whenever its writer dies.
for (; !stop.aborted; lines++) await writer.write(`${new Numbered(sender, lines)}\n`);
await writer.write(`${new Numbered(sender, lines, true)}\n`);
console.log(`wrote ${lines} lines`);
