import type { Demo } from "./runner/demo.ts";

/** lab/programs/work_queue.ts */
export const workQueue: Demo = {
  name: "work-queue",
  title: "producers and consumers over a queue in shared memory",
  shows:
    "Two processes put 500 items each, three take them. Each item is taken once, in its producer's order, and "
    + "join() waits until the last one is done.",
  cast: ["queue"],
  async play(stage) {
    const queue = stage.start("queue", "work_queue.ts", "2", "3", "500");
    await queue.ends();
    const said = (pattern: RegExp) =>
      queue.lines.flatMap((line) => pattern.exec(line)?.slice(1).map(Number) ?? []);
    stage.expect(
      said(/^Producer (\d) put 500 items$/).toSorted().join() === "1,2",
      "Not both producers put their items",
    );
    const taken = said(/^Consumer \d took (\d+) items$/);
    stage.expect(
      taken.length === 3 && taken.reduce((sum, count) => sum + count, 0) === 1000,
      "The three consumers did not take 1000 items",
    );
    stage.expect(
      queue.lines.at(-1) === "Main: 1000 items were put and taken, 0 are left",
      "The count at the end is wrong",
    );
  },
};
