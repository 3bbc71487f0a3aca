// This library's Web Streams with pipeTo, and a reader that pauses now and then.
import { openFifoReader, openFifoWriter } from "../../../mod.ts";
import { FIFO, ROLE } from "./side.ts";
import { chunks, SlowReader } from "./slow.ts";
import { done } from "./stdio.ts";

if (ROLE === "write") {
  using pipe = await openFifoWriter(FIFO);
  await ReadableStream.from(chunks()).pipeTo(pipe.writable);
} else {
  using pipe = await openFifoReader(FIFO);
  await pipe.readable.pipeTo(new SlowReader().sink());
}
done();
