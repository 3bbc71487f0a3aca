// File reads while plain Deno's fifo opens wait. Each holds a thread of the pool that file reads need too.
import { FIFOS, readFiles } from "./read_files.ts";

const PATIENCE = 1000;

for (const path of FIFOS) Deno.open(path).catch(() => {});
const stuck = setTimeout(() => {
  console.error(`no Deno.readFile done within ${PATIENCE} ms while ${FIFOS.length} plain Deno.open wait`);
  Deno.exit(1);
}, PATIENCE);
await Deno.readFile(import.meta.filename!);
clearTimeout(stuck);
await readFiles();
Deno.exit(0);
