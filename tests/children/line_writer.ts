/** Opens the fifo PATH and writes COUNT lines as NAME: `line_writer.ts PATH NAME COUNT`. */

import { openFifoWriter } from "../../mod.ts";
import { numberedLine } from "../support/content.ts";

const [path = "", name = "", count = "0"] = Deno.args;
using writer = await openFifoWriter(path);
for (let i = 0; i < Number(count); i++) await writer.write(numberedLine(name, i));
