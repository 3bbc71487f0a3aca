// Starts a process and waits for its first message, COUNT times. Variant: "process", what it returns; "connection", what it
// sends over a connection that it was given; or "empty": a whole empty run.
import { connectionPair, Process } from "../../../mod.ts";
import { COUNT, VARIANT, WARMUP } from "./message_side.ts";
import { done, ready } from "./stdio.ts";

const EMPTY = decodeURIComponent(new URL("./import_nothing.ts", import.meta.url).pathname);

async function startForResult(): Promise<number> {
  const module = import.meta.resolve("./start_first.ts");
  const start = performance.now();
  await using process = new Process(module, { entry: "first" });
  process.start();
  await process.result;
  const milliseconds = performance.now() - start;
  await process.join();
  return milliseconds;
}

async function startProcess(): Promise<number> {
  const [mine, theirs] = connectionPair();
  const module = import.meta.resolve("./start_first.ts");
  const start = performance.now();
  await using process = new Process(module, { entry: "sayFirst", args: [theirs] });
  process.start();
  await mine.recv();
  const milliseconds = performance.now() - start;
  await process.join();
  mine.close();
  theirs.close();
  return milliseconds;
}

async function runEmpty(): Promise<number> {
  const args = ["run", "--quiet", "--no-config", "--no-prompt", "-A", EMPTY];
  const start = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error("The empty run failed");
  return performance.now() - start;
}

const once = { empty: runEmpty, process: startForResult, connection: startProcess }[VARIANT[0]!]!;
for (let i = 0; i < WARMUP; i++) await once();
await ready();
let milliseconds = 0;
for (let i = 0; i < COUNT; i++) milliseconds += await once();
done({ seconds: milliseconds / 1000 });
