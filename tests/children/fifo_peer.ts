/** One side of a fifo by the blocking calls: `fifo_peer.ts reader|writer PATH`, then commands on stdin. */

import { openFifoReaderSync, openFifoWriterSync, type PipeReader } from "../../mod.ts";
import { sayLine, stdinLines } from "./blocking_lines.ts";

const [side, path] = Deno.args as [string, string];
const decoder = new TextDecoder();
const buffer = new Uint8Array(65536);

sayLine("opening");
const end = side === "reader" ? openFifoReaderSync(path) : openFifoWriterSync(path);
sayLine("opened");
let held = "";
for (const command of stdinLines()) {
  const [verb, text] = command.split(/ (.*)/) as [string, string];
  try {
    if (verb === "close") {
      end.close();
      sayLine("closed");
    } else if ("readSync" in end) {
      sayLine(nextLine());
    } else {
      end.writeSync(text + "\n");
      sayLine("wrote");
    }
  } catch (error) {
    sayLine(`failed ${(error as { code?: string }).code ?? error}`);
  }
}

function nextLine(): string {
  while (!held.includes("\n")) {
    const count = (end as PipeReader).readSync(buffer);
    if (count === null) return "end";
    held += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  const [line, rest] = held.split(/\n(.*)/s) as [string, string];
  held = rest;
  return `data ${line}`;
}
