import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const FIFO = "/shared/fifo";

export default scenario({
  title: "a fifo's persistent reader goes on when its writer is killed and started again",
  shows:
    "A container writes numbered lines into a fifo as fast as another one reads them. Twice it is killed with "
    + "SIGKILL and started again, and at last stopped: the reader, which opens the fifo once, sees no end, half a "
    + "line never, and of each writer all lines from the first on, in order.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const reader = await lab.container({
      name: "reader",
      mounts,
      program: "scenarios/programs/fifo_collector.ts",
      args: [FIFO],
    });
    const writer = await lab.container({
      name: "writer",
      mounts,
      program: "scenarios/programs/fifo_endless_writer.ts",
      args: [FIFO, "reader"],
    });
    for (const number of [1, 2]) {
      await reader.line(`writer ${number} has written 1000 lines`);
      await writer.kill();
      await writer.ends(137);
      await writer.start();
    }
    await reader.line("writer 3 has written 1000 lines");
    await writer.stop();
    await Promise.all([reader.ends(), writer.exit()]);
    const [written] = writer.lines.flatMap((line) => /^wrote (\d+) lines$/.exec(line)?.[1] ?? []);
    assertEquals(reader.lines.filter((line) => !line.endsWith(" 1000 lines")), [
      "reads, whoever writes",
      "writer 1 came",
      "writer 2 came",
      "writer 3 came",
      `end of writer 3 after ${written} lines, none missing, none torn`,
    ]);
  },
});
