/**
 * Writes lines into a fifo: `FIFO READER COUNT`, READER being the name of the container at the other side.
 * Whoever of the two comes first makes the fifo. It says `waits for a reader`, and then `wrote N lines`.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import { openFifoWriter } from "../../../mod.ts";
import { makeFifo } from "./parts/make_fifo.ts";
import { message } from "./parts/message.ts";

const [path = "", reader = "", count = "0"] = Deno.args;
await makeFifo(path);
console.log("waits for a reader");
using writer = await openFifoWriter(path, { timeout: 15_000 });
for (let i = 0; i < Number(count); i++) {
  message(reader, `line ${i}`);
  await writer.write(`line ${i}\n`);
}
console.log(`wrote ${count} lines`);
