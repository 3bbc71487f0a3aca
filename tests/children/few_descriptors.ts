/**
 * Opens fifos until no descriptor is left: `few_descriptors.ts FOLDER`. Prints the error of each form as JSON, and
 * "works again" after some were closed and one was opened again.
 */

import {
  mkfifoSync,
  openFifoReader,
  openFifoReaderSync,
  openFifoWriter,
  openFifoWriterSync,
  type PipeReader,
} from "../../mod.ts";
import { sayLine } from "./blocking_lines.ts";

const path = `${Deno.args[0]}/fifo`;
mkfifoSync(path);
const open: PipeReader[] = [];
try {
  while (open.length < 1000) open.push(await openFifoReader(path, { wait: false }));
} catch {
  for (const call of [openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync]) {
    try {
      await call(path);
    } catch (error) {
      const { code, syscall, path, message } = error as Error & {
        code: string;
        syscall: string;
        path: string;
      };
      sayLine(JSON.stringify({ code, syscall, path, message }));
    }
  }
}
open.splice(1).forEach((reader) => reader.close());
using writer = await openFifoWriter(path);
await writer.write("hello\n");
for await (const line of open[0]!.lines()) {
  if (line === "hello") sayLine("works again");
  break;
}
