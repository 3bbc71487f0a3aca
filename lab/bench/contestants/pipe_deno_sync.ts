// Plain Deno: an FsFile on the fifo, with its blocking calls.
import { COUNT, FIFO, FIFO_BACK, Meter, play, SIZE, WARMUP } from "./side.ts";
import { done, readySync } from "./stdio.ts";

const message = new Uint8Array(SIZE);
const buffer = new Uint8Array(65536);

function readSome(file: Deno.FsFile, into: Uint8Array): number {
  const n = file.readSync(into);
  if (n === null) throw new Error("Unexpected end of file");
  return n;
}

function readAll(file: Deno.FsFile): void {
  for (let got = 0; got < SIZE;) got += readSome(file, buffer.subarray(got, SIZE));
}

function writeAll(file: Deno.FsFile): void {
  for (let put = 0; put < SIZE;) put += file.writeSync(put === 0 ? message : message.subarray(put));
}

function ping(output: Deno.FsFile, input: Deno.FsFile, times: number): void {
  for (let i = 0; i < times; i++) {
    writeAll(output);
    readAll(input);
  }
}

function pong(input: Deno.FsFile, output: Deno.FsFile, times: number): void {
  for (let i = 0; i < times; i++) {
    readAll(input);
    writeAll(output);
  }
}

play({
  ping() {
    const output = Deno.openSync(FIFO, { write: true });
    const input = Deno.openSync(FIFO_BACK);
    ping(output, input, WARMUP);
    readySync();
    const start = performance.now();
    ping(output, input, COUNT);
    done({ seconds: (performance.now() - start) / 1000 });
  },
  pong() {
    const input = Deno.openSync(FIFO);
    const output = Deno.openSync(FIFO_BACK, { write: true });
    pong(input, output, WARMUP);
    readySync();
    pong(input, output, COUNT);
    done();
  },
  write() {
    const output = Deno.openSync(FIFO, { write: true });
    for (let i = 0; i < WARMUP; i++) writeAll(output);
    readySync();
    for (let i = 0; i < COUNT; i++) writeAll(output);
    done();
  },
  read() {
    const input = Deno.openSync(FIFO);
    for (let left = SIZE * WARMUP; left > 0;) left -= readSome(input, buffer);
    readySync();
    const meter = new Meter();
    while (meter.add(readSome(input, buffer)));
    done(meter.figures());
  },
});
