// A forked process that waits for a message. Usage: wait SIZE COUNT WARMUP PATH PORT; the child: "child" first.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readSync, writeSync } from "node:fs";

const SETTLED = 700;

if (process.argv[2] === "child") {
  const message = once(process, "message");
  process.send("waiting");
  await message;
  process.disconnect();
} else {
  const child = fork(process.argv[1], ["child"]);
  await once(child, "message");
  await new Promise((resolve) => setTimeout(resolve, SETTLED));
  writeSync(1, `ready pid=${child.pid}\n`);
  readSync(0, Buffer.alloc(16));
  child.send("end");
  await once(child, "exit");
  writeSync(1, "done\n");
}
