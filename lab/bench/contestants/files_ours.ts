// File reads while this library's fifo opens and pipe reads wait.
import { openFifoReader, pipe } from "../../../mod.ts";
import { FIFOS, readFiles } from "./read_files.ts";

const end = new AbortController();
const { signal } = end;
const pipes = FIFOS.map(() => pipe());
const waits = [
  ...FIFOS.map((path) => openFifoReader(path, { signal })),
  ...pipes.map(({ reader }) => reader.read(new Uint8Array(64), { signal })),
];
const outcomes = Promise.allSettled(waits);

await readFiles();

end.abort();
const early = (await outcomes).filter(({ status }) => status === "fulfilled").length;
if (early > 0) throw new Error(`${early} waits ended by themselves`);
for (const { reader, writer } of pipes) {
  reader.close();
  writer.close();
}
