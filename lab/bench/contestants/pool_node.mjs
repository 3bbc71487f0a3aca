// A forked process that answers, over the IPC of fork(). Usage: echo|idle SIZE COUNT WARMUP PATH PORT WORKERS
import { fork } from "node:child_process";
import { once } from "node:events";
import { readSync, writeSync } from "node:fs";

function say(line) {
  writeSync(1, line + "\n");
  readSync(0, Buffer.alloc(16));
}

function open() {
  return fork(process.argv[1], ["child"], { serialization: "advanced" });
}

async function echo(child, value, times) {
  for (let i = 0; i < times; i++) {
    child.send(value);
    const [result] = await once(child, "message");
    if (result.length !== value.length) throw new Error("Another result");
  }
}

if (process.argv[2] === "child") {
  process.on("message", (value) => process.send(value));
} else {
  const [role, ...rest] = process.argv.slice(2);
  const [size, count, warmup] = rest.slice(0, 3).map(Number);
  const workers = Number(rest[5]);
  const value = new Uint8Array(size);
  if (role === "idle") {
    say("ready");
    const children = Array.from({ length: workers }, open);
    await Promise.all(children.map((child) => echo(child, value, 1)));
    say("done");
    for (const child of children) child.disconnect();
  } else {
    const child = open();
    await echo(child, value, warmup);
    say("ready");
    const start = performance.now();
    await echo(child, value, count);
    say(`done seconds=${(performance.now() - start) / 1000}`);
    child.disconnect();
  }
}
