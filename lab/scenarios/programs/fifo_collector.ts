/**
 * Reads what fifo_endless_writer.ts writes, one writer after the other, from a fifo that it opens once: `FIFO`. It
 * checks that each line is whole, and the next of its writer, says when a writer comes and when it has written
 * 1000 lines, and ends at a writer's word that it has ended.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import { openFifoReader } from "../../../mod.ts";
import { makeFifo } from "./parts/make_fifo.ts";
import { message } from "./parts/message.ts";
import { Numbered } from "./parts/numbered_line.ts";

const [path = ""] = Deno.args;
await makeFifo(path);
using reader = await openFifoReader(path, { persistent: true, wait: false });
console.log("reads, whoever writes");
let writer = "";
let writers = 0;
let lines = 0;
for await (const text of reader.lines({ timeout: 15_000 })) {
  const line = Numbered.parse(text);
  if (line.sender !== writer) {
    writer = line.sender;
    lines = 0;
    console.log(`writer ${++writers} came`);
  }
  if (line.number !== lines) {
    throw new Error(`Line ${lines} of writer ${writers} was to come, not ${line.number}`);
  }
  if (line.isLast) break;
  if (++lines === 1000) console.log(`writer ${writers} has written 1000 lines`);
}
message("writer", `had ${lines} lines`);
console.log(`end of writer ${writers} after ${lines} lines, none missing, none torn`);
