import { assertEquals } from "@std/assert";
import type { Lab } from "../docker/lab.ts";
import { scenario } from "../docker/scenario.ts";

const FIFO = "/shared/fifo";
const LINES = ["line 0", "line 1", "line 2", "line 3", "line 4"];

export default scenario({
  title: "a fifo in a volume connects two containers, whichever starts first",
  shows:
    "Neither container has a network; both mount one volume, and a fifo is in it. Each side waits for the "
    + "other, and every line arrives once and in order. Both orders of start are tried.",
  async run(lab) {
    await Promise.all(
      [["early", "reader"], ["late", "writer"]].map(([which, first]) => pair(lab, which!, first!)),
    );
  },
});

/** A reader and a writer over a volume of their own, one of them started when the other is waiting. */
async function pair(lab: Lab, which: string, first: string): Promise<void> {
  const mounts = { "/shared": await lab.volume() };
  const names = { reader: `${which}-reader`, writer: `writer-to-${which}` };
  const start = {
    reader: () =>
      lab.container({
        name: names.reader,
        mounts,
        program: "scenarios/programs/fifo_reader.ts",
        args: [FIFO],
      }),
    writer: () =>
      lab.container({
        name: names.writer,
        mounts,
        program: "scenarios/programs/fifo_writer.ts",
        args: [FIFO, names.reader, `${LINES.length}`],
      }),
  };
  let [reader, writer] = [
    first === "reader" && await start.reader(),
    first === "writer" && await start.writer(),
  ];
  if (reader) await reader.line("waits for a writer");
  if (writer) await writer.line("waits for a reader");
  reader ||= await start.reader();
  writer ||= await start.writer();
  await Promise.all([reader.ends(), writer.ends()]);
  assertEquals(reader.lines, [
    "waits for a writer",
    ...LINES.map((line) => `got ${line}`),
    `end after ${LINES.length} lines`,
  ]);
  assertEquals(writer.lines, ["waits for a reader", `wrote ${LINES.length} lines`]);
}
