// This library, with promises, and a reader that pauses now and then.
import { openFifoReader, openFifoWriter } from "../../../mod.ts";
import { FIFO, ROLE } from "./side.ts";
import { chunks, SlowReader } from "./slow.ts";
import { done } from "./stdio.ts";

if (ROLE === "write") {
  using writer = await openFifoWriter(FIFO);
  for await (const chunk of chunks()) await writer.write(chunk);
  done();
} else {
  using reader = await openFifoReader(FIFO);
  const slow = new SlowReader();
  const buffer = new Uint8Array(65536);
  while (await slow.took(await reader.read(buffer) ?? Deno.exit(1)));
  done();
}
