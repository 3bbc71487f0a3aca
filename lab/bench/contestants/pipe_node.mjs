// The streams of node:fs on fifos. Usage: ROLE SIZE COUNT WARMUP PATH [PATH]
import { once } from "node:events";
import { createReadStream, createWriteStream, readSync, writeSync } from "node:fs";

const [role, ...rest] = process.argv.slice(2);
const [size, count, warmup] = rest.slice(0, 3).map(Number);
const paths = rest.slice(3);
const message = Buffer.alloc(size);

function say(line) {
  writeSync(1, line + "\n");
  readSync(0, Buffer.alloc(16));
}

async function openReader(path) {
  const stream = createReadStream(path, { highWaterMark: 65536 });
  await once(stream, "open");
  return stream;
}

async function openWriter(path) {
  const stream = createWriteStream(path, { highWaterMark: 65536 });
  await once(stream, "open");
  return stream;
}

/** Calls back for the bytes of each chunk, until told to stop; stays paused otherwise. */
function consume(stream, onBytes) {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error("unexpected end of file"));
    const onData = (chunk) => {
      if (onBytes(chunk.length)) return;
      stream.pause();
      stream.off("data", onData).off("end", onEnd);
      resolve();
    };
    stream.on("data", onData).on("end", onEnd).on("error", reject).resume();
  });
}

async function send(stream, times) {
  for (let i = 0; i < times; i++) {
    if (!stream.write(message)) await once(stream, "drain");
  }
}

/** Sends one message for each whole one that arrives, `times` altogether. */
function answer(reader, writer, times) {
  let got = 0;
  return consume(reader, (bytes) => {
    got += bytes;
    const whole = got % size === 0;
    if (whole && got < size * times) writer.write(message);
    return got < size * times;
  });
}

async function ping(reader, writer, times) {
  writer.write(message);
  await answer(reader, writer, times);
}

async function pong(reader, writer, times) {
  await answer(reader, writer, times);
  writer.write(message); // the last answer
}

const ROLES = {
  async ping() {
    const writer = await openWriter(paths[0]);
    const reader = await openReader(paths[1]);
    await ping(reader, writer, warmup);
    say("ready");
    const start = performance.now();
    await ping(reader, writer, count);
    say(`done seconds=${(performance.now() - start) / 1000}`);
    writer.destroy(); // ends the read ahead that the peer's thread pool waits in
  },
  async pong() {
    const reader = await openReader(paths[0]);
    const writer = await openWriter(paths[1]);
    await pong(reader, writer, warmup);
    await flushed(writer);
    say("ready");
    await pong(reader, writer, count);
    await flushed(writer);
    say("done");
    writer.destroy();
  },
  async write() {
    const writer = await openWriter(paths[0]);
    await send(writer, warmup);
    await flushed(writer);
    say("ready");
    await send(writer, count);
    await flushed(writer);
    say("done");
    writer.destroy();
  },
  async read() {
    const reader = await openReader(paths[0]);
    let left = size * warmup;
    await consume(reader, (bytes) => (left -= bytes) > 0);
    say("ready");
    let [start, first, total] = [0, 0, 0];
    await consume(reader, (bytes) => {
      if (total === 0) [start, first] = [performance.now(), bytes];
      return (total += bytes) < size * count;
    });
    say(`done seconds=${(performance.now() - start) / 1000} bytes=${total - first}`);
  },
};

/** say() blocks the thread, so nothing may still be on its way to the pipe then. */
function flushed(stream) {
  return new Promise((resolve) => stream.write("", resolve));
}

await ROLES[role]();
