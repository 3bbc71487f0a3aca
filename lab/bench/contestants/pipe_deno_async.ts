// Plain Deno: an FsFile on the fifo, with promises.
import { COUNT, FIFO, FIFO_BACK, Meter, play, SIZE, WARMUP } from "./side.ts";
import { done, ready } from "./stdio.ts";

const message = new Uint8Array(SIZE);
const buffer = new Uint8Array(65536);

async function readSome(file: Deno.FsFile, into: Uint8Array): Promise<number> {
  const n = await file.read(into);
  if (n === null) throw new Error("Unexpected end of file");
  return n;
}

async function readAll(file: Deno.FsFile): Promise<void> {
  for (let got = 0; got < SIZE;) got += await readSome(file, buffer.subarray(got, SIZE));
}

async function writeAll(file: Deno.FsFile): Promise<void> {
  for (let put = 0; put < SIZE;) put += await file.write(put === 0 ? message : message.subarray(put));
}

async function ping(output: Deno.FsFile, input: Deno.FsFile, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await writeAll(output);
    await readAll(input);
  }
}

async function pong(input: Deno.FsFile, output: Deno.FsFile, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await readAll(input);
    await writeAll(output);
  }
}

await play({
  async ping() {
    const output = await Deno.open(FIFO, { write: true });
    const input = await Deno.open(FIFO_BACK);
    await ping(output, input, WARMUP);
    await ready();
    const start = performance.now();
    await ping(output, input, COUNT);
    done({ seconds: (performance.now() - start) / 1000 });
  },
  async pong() {
    const input = await Deno.open(FIFO);
    const output = await Deno.open(FIFO_BACK, { write: true });
    await pong(input, output, WARMUP);
    await ready();
    await pong(input, output, COUNT);
    done();
  },
  async write() {
    const output = await Deno.open(FIFO, { write: true });
    for (let i = 0; i < WARMUP; i++) await writeAll(output);
    await ready();
    for (let i = 0; i < COUNT; i++) await writeAll(output);
    done();
  },
  async read() {
    const input = await Deno.open(FIFO);
    for (let left = SIZE * WARMUP; left > 0;) left -= await readSome(input, buffer);
    await ready();
    const meter = new Meter();
    while (meter.add(await readSome(input, buffer)));
    done(meter.figures());
  },
});
