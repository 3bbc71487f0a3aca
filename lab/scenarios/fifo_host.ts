import { assertEquals } from "@std/assert";
import { mkfifo, openFifoReader, openFifoWriter } from "../../mod.ts";
import { scenario } from "../docker/scenario.ts";

const LINES = Array.from({ length: 100 }, (_, i) => `line ${i}`);

export default scenario({
  title: "fifos connect this machine with a container, both ways",
  shows:
    "Two fifos are in a folder of this machine that two containers have mounted. The lab's own process writes into "
    + "one, which a container reads to its end, and reads from the other, which a container writes to.",
  async run(lab) {
    const folder = await lab.folder();
    const mounts = { "/shared": folder };
    await mkfifo(`${folder}/there`);
    await mkfifo(`${folder}/back`);
    const reader = await lab.container({
      name: "reader",
      mounts,
      program: "scenarios/programs/fifo_reader.ts",
      args: ["/shared/there"],
    });
    const writer = await lab.container({
      name: "writer",
      mounts,
      program: "scenarios/programs/fifo_writer.ts",
      args: ["/shared/back", "this machine", `${LINES.length}`],
    });
    const write = async () => {
      using there = await openFifoWriter(`${folder}/there`, { timeout: 20_000 });
      lab.message("this machine", "reader", `${LINES.length} lines`);
      for (const line of LINES) await there.write(`${line}\n`);
    };
    const read = async () => {
      using back = await openFifoReader(`${folder}/back`, { timeout: 20_000 });
      return (await back.text({ timeout: 20_000 })).trimEnd().split("\n");
    };
    const [lines] = await Promise.all([read(), write()]);
    assertEquals(lines, LINES);
    await Promise.all([reader.ends(), writer.ends()]);
    assertEquals(reader.lines, [
      "waits for a writer",
      ...LINES.map((line) => `got ${line}`),
      `end after ${LINES.length} lines`,
    ]);
  },
});
