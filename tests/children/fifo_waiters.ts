/**
 * Opens many fifos that nobody comes to: `fifo_waiters.ts FOLDER COUNT`. Prints what the waiting costs as JSON,
 * then waits for all of them to be opened, and prints how many were.
 */

import process from "node:process";
import { mkfifoSync, openFifoReader, openFifoWriter } from "../../mod.ts";
import { sayLine } from "./blocking_lines.ts";

const [folder, count] = [Deno.args[0]!, Number(Deno.args[1])];
const threads = () => [...Deno.readDirSync("/proc/self/task")].length;
const tick = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.writeTextFileSync(`${folder}/content`, "content");
await Deno.readTextFile(`${folder}/content`);
const threadsBefore = threads();
const opening = Array.from({ length: count }, (_, index) => {
  mkfifoSync(`${folder}/reader${index}`);
  mkfifoSync(`${folder}/writer${index}`);
  return [openFifoReader(`${folder}/reader${index}`), openFifoWriter(`${folder}/writer${index}`)];
}).flat();

// What starting takes (compiling the calls) is not what waiting takes.
await tick(300);
const usageBefore = process.cpuUsage();
const begin = performance.now();
let ticks = 0;
let reads = 0;
while (performance.now() - begin < 2000) {
  await tick(50);
  ticks++;
  if (await Deno.readTextFile(`${folder}/content`) === "content") reads++;
}
const { user, system } = process.cpuUsage(usageBefore);
const share = (user + system) / 1000 / (performance.now() - begin);
sayLine(JSON.stringify({ share, ticks, reads, threads: threads() - threadsBefore }));

const ends = await Promise.all(opening);
ends.forEach((end) => end.close());
sayLine(`opened ${ends.length}`);
