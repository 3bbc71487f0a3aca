// This library, with promises.
import { openFifoReader, openFifoWriter, type PipeReader, type PipeWriter } from "../../../mod.ts";
import { COUNT, FIFO, FIFO_BACK, Meter, play, SIZE, WARMUP } from "./side.ts";
import { done, ready } from "./stdio.ts";

const message = new Uint8Array(SIZE);
const buffer = new Uint8Array(65536);

async function readSome(reader: PipeReader, into: Uint8Array): Promise<number> {
  const n = await reader.read(into);
  if (n === null) throw new Error("Unexpected end of file");
  return n;
}

async function readAll(reader: PipeReader): Promise<void> {
  for (let got = 0; got < SIZE;) got += await readSome(reader, buffer.subarray(got, SIZE));
}

async function ping(writer: PipeWriter, reader: PipeReader, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await writer.write(message);
    await readAll(reader);
  }
}

async function pong(reader: PipeReader, writer: PipeWriter, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await readAll(reader);
    await writer.write(message);
  }
}

await play({
  async ping() {
    using writer = await openFifoWriter(FIFO);
    using reader = await openFifoReader(FIFO_BACK);
    await ping(writer, reader, WARMUP);
    await ready();
    const start = performance.now();
    await ping(writer, reader, COUNT);
    done({ seconds: (performance.now() - start) / 1000 });
  },
  async pong() {
    using reader = await openFifoReader(FIFO);
    using writer = await openFifoWriter(FIFO_BACK);
    await pong(reader, writer, WARMUP);
    await ready();
    await pong(reader, writer, COUNT);
    done();
  },
  async write() {
    using writer = await openFifoWriter(FIFO);
    for (let i = 0; i < WARMUP; i++) await writer.write(message);
    await ready();
    for (let i = 0; i < COUNT; i++) await writer.write(message);
    done();
  },
  async read() {
    using reader = await openFifoReader(FIFO);
    for (let left = SIZE * WARMUP; left > 0;) left -= await readSome(reader, buffer);
    await ready();
    const meter = new Meter();
    while (meter.add(await readSome(reader, buffer)));
    done(meter.figures());
  },
});
