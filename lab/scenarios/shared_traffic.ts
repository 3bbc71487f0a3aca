import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const COUNT = 5000;

export default scenario({
  title: "shared memory, channels and a queue carry thousands of messages between containers",
  shows:
    "Containers without a network share an IPC namespace and its /dev/shm; each has processes of its own. One makes a "
    + "shared memory, a channel, a channel both ways and a queue, all small. Another one fills them as fast as they are "
    + `emptied, ${COUNT} messages each, of many lengths, and one much larger than its ring; a third one puts into the `
    + "queue at the same time. Each message comes once, whole, and in its sender's order.",
  async run(lab) {
    const maker = await lab.container({
      name: "maker",
      ipc: "shareable",
      program: "scenarios/programs/shared_traffic_maker.ts",
      args: [`${COUNT}`, "other", "third"],
    });
    await maker.line("ready");
    const start = (name: string, ...args: string[]) =>
      lab.container({
        name,
        ipc: maker,
        program: "scenarios/programs/shared_traffic_other.ts",
        args: [name, `${COUNT}`, ...args],
      });
    const [other, third] = await Promise.all([start("other"), start("third", "queue")]);
    await Promise.all([other, third, maker].map((container) => container.ends(0, { timeout: 40_000 })));
    const put = `queue: put ${COUNT}, and all are done`;
    assertEquals(other.lines, [
      "memory: as it was written: true",
      `channel: sent ${COUNT}`,
      `channel both ways: had ${COUNT} answers`,
      put,
    ]);
    assertEquals(third.lines, [put]);
    assertEquals(maker.lines, [
      "ready",
      `channel: ${COUNT + 1} messages in order, 1 of them large, and the end`,
      `channel both ways: ${COUNT} requests in order, and the end`,
      `queue: ${COUNT} of other, ${COUNT} of third, in order`,
      "left nothing",
    ]);
  },
});
