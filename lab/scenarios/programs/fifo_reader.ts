/**
 * Reads lines from a fifo to its end: `FIFO`. Whoever of the two comes first makes the fifo. It says `waits for a
 * writer`, each line that it reads, and then `end after N lines`.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import { openFifoReader } from "../../../mod.ts";
import { makeFifo } from "./parts/make_fifo.ts";

const [path = ""] = Deno.args;
await makeFifo(path);
console.log("waits for a writer");
using reader = await openFifoReader(path, { timeout: 15_000 });
let lines = 0;
for await (const line of reader.lines()) {
  console.log(`got ${line}`);
  lines++;
}
console.log(`end after ${lines} lines`);
