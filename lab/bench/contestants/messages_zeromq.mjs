// zeromq.js: PAIR sockets over ipc://. Usage: ROLE SIZE COUNT WARMUP PATH. Runs where npm has put zeromq.
import { readSync, writeSync } from "node:fs";

const specifier = "zeromq"; // In a variable: nobody but this contestant needs it to be there.
const { Pair } = await import(specifier);

const [role, ...rest] = process.argv.slice(2);
const [size, count, warmup] = rest.slice(0, 3).map(Number);
const address = `ipc://${rest[3]}`;
const message = Buffer.alloc(size);

function say(line) {
  writeSync(1, line + "\n");
  readSync(0, Buffer.alloc(16));
}

async function ping(socket, times) {
  for (let i = 0; i < times; i++) {
    await socket.send(message);
    await socket.receive();
  }
}

async function pong(socket, times) {
  for (let i = 0; i < times; i++) {
    const [received] = await socket.receive();
    await socket.send(received);
  }
}

async function send(socket, times) {
  for (let i = 0; i < times; i++) await socket.send(message);
  await socket.receive();
}

async function receive(socket, times) {
  for (let i = 0; i < times; i++) await socket.receive();
  await socket.send(message);
}

async function active(act) {
  const socket = new Pair();
  socket.connect(address);
  await act(socket, warmup);
  say("ready");
  const start = performance.now();
  await act(socket, count);
  say(`done seconds=${(performance.now() - start) / 1000}`);
  socket.close();
}

async function passive(act) {
  const socket = new Pair();
  await socket.bind(address);
  writeSync(1, "listening\n");
  await act(socket, warmup);
  say("ready");
  await act(socket, count);
  say("done");
  socket.close();
}

const ROLES = {
  ping: () => active(ping),
  pong: () => passive(pong),
  send: () => active(send),
  receive: () => passive(receive),
};

await ROLES[role]();
