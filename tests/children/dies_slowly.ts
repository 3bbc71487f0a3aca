/**
 * A client over two fifos with many descriptors between its two ends: when it is killed, the kernel closes the end that it
 * writes to some milliseconds before the one that it reads from: `dies_slowly.ts PATH`. Prints "ready".
 */

import { openFifoReader, openFifoWriter } from "../../mod.ts";

const MANY = 20_000;

const [path] = Deno.args as [string];
// The kernel closes the last one first.
using _reader = await openFifoReader(`${path}.out`, { wait: false });
const between: Deno.FsFile[] = [];
try {
  while (between.length < MANY) between.push(Deno.openSync("/dev/null"));
} catch {
  // The system allows fewer: some are left for what comes.
  for (const file of between.splice(-50)) file.close();
}
using _writer = await openFifoWriter(`${path}.in`);
console.log("ready");
await Deno.stdin.readable.pipeTo(new WritableStream());
