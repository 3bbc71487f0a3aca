// This library, with its blocking calls.
import { openFifoReaderSync, openFifoWriterSync, type PipeReader, type PipeWriter } from "../../../mod.ts";
import { COUNT, FIFO, FIFO_BACK, Meter, play, SIZE, WARMUP } from "./side.ts";
import { done, readySync } from "./stdio.ts";

const message = new Uint8Array(SIZE);
const buffer = new Uint8Array(65536);

function readSome(reader: PipeReader, into: Uint8Array): number {
  const n = reader.readSync(into);
  if (n === null) throw new Error("Unexpected end of file");
  return n;
}

function readAll(reader: PipeReader): void {
  for (let got = 0; got < SIZE;) got += readSome(reader, buffer.subarray(got, SIZE));
}

function ping(writer: PipeWriter, reader: PipeReader, times: number): void {
  for (let i = 0; i < times; i++) {
    writer.writeSync(message);
    readAll(reader);
  }
}

function pong(reader: PipeReader, writer: PipeWriter, times: number): void {
  for (let i = 0; i < times; i++) {
    readAll(reader);
    writer.writeSync(message);
  }
}

play({
  ping() {
    using writer = openFifoWriterSync(FIFO);
    using reader = openFifoReaderSync(FIFO_BACK);
    ping(writer, reader, WARMUP);
    readySync();
    const start = performance.now();
    ping(writer, reader, COUNT);
    done({ seconds: (performance.now() - start) / 1000 });
  },
  pong() {
    using reader = openFifoReaderSync(FIFO);
    using writer = openFifoWriterSync(FIFO_BACK);
    pong(reader, writer, WARMUP);
    readySync();
    pong(reader, writer, COUNT);
    done();
  },
  write() {
    using writer = openFifoWriterSync(FIFO);
    for (let i = 0; i < WARMUP; i++) writer.writeSync(message);
    readySync();
    for (let i = 0; i < COUNT; i++) writer.writeSync(message);
    done();
  },
  read() {
    using reader = openFifoReaderSync(FIFO);
    for (let left = SIZE * WARMUP; left > 0;) left -= readSome(reader, buffer);
    readySync();
    const meter = new Meter();
    while (meter.add(readSome(reader, buffer)));
    done(meter.figures());
  },
});
