// This library's Web Streams, chunk by chunk.
import { openFifoReader, openFifoWriter } from "../../../mod.ts";
import { COUNT, FIFO, Meter, play, SIZE, WARMUP } from "./side.ts";
import { done, ready } from "./stdio.ts";

const message = new Uint8Array(SIZE);

await play({
  async write() {
    using pipe = await openFifoWriter(FIFO);
    const writer = pipe.writable.getWriter();
    for (let i = 0; i < WARMUP; i++) await writer.write(message);
    await ready();
    for (let i = 0; i < COUNT; i++) await writer.write(message);
    done();
  },
  async read() {
    using pipe = await openFifoReader(FIFO);
    const reader = pipe.readable.getReader();
    const next = async (): Promise<number> => {
      const { value } = await reader.read();
      if (value === undefined) throw new Error("Unexpected end of file");
      return value.length;
    };
    for (let left = SIZE * WARMUP; left > 0;) left -= await next();
    await ready();
    const meter = new Meter();
    while (meter.add(await next()));
    done(meter.figures());
  },
});
