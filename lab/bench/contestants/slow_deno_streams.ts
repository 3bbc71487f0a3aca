// Plain Deno: the streams of an FsFile with pipeTo, and a reader that pauses now and then.
import { FIFO, ROLE } from "./side.ts";
import { chunks, SlowReader } from "./slow.ts";
import { done } from "./stdio.ts";

if (ROLE === "write") {
  const file = await Deno.open(FIFO, { write: true });
  await ReadableStream.from(chunks()).pipeTo(file.writable);
} else {
  const file = await Deno.open(FIFO);
  await file.readable.pipeTo(new SlowReader().sink());
}
done();
