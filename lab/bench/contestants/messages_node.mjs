// The IPC of fork(). Usage: ROLE SIZE COUNT WARMUP PATH PORT json|advanced string|object; the child: "child" first.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readSync, writeSync } from "node:fs";
import { SMALL_OBJECT } from "./small_object.mjs";

const isChild = process.argv[2] === "child";
const [role, ...rest] = process.argv.slice(isChild ? 3 : 2);
const [size, count, warmup] = rest.slice(0, 3).map(Number);
const [serialization, kind] = rest.slice(5);
const message = kind === "object" ? SMALL_OBJECT : "x".repeat(size);

function say(line) {
  writeSync(1, line + "\n");
  readSync(0, Buffer.alloc(16));
}

function ping(child, times) {
  return new Promise((resolve) => {
    let left = times;
    child.on("message", function onMessage() {
      if (--left > 0) return child.send(message);
      child.off("message", onMessage);
      resolve();
    });
    child.send(message);
  });
}

async function send(child, times) {
  const answer = once(child, "message");
  for (let i = 0; i < times; i++) {
    if (child.send(message) || ++i === times) continue;
    await new Promise((resolve) => child.send(message, resolve)); // It has more to write than it likes.
  }
  await answer;
}

async function parent() {
  const child = fork(process.argv[1], ["child", ...process.argv.slice(2)], { serialization });
  const act = { ping, send }[role];
  await act(child, warmup);
  say(`ready pid=${child.pid}`);
  const start = performance.now();
  await act(child, count);
  say(`done seconds=${(performance.now() - start) / 1000}`);
  child.disconnect();
}

function other() {
  let got = 0;
  process.on("message", (message) => {
    got++;
    if (role === "ping" || got === warmup || got === warmup + count) process.send(message);
  });
}

if (isChild) other();
else await parent();
