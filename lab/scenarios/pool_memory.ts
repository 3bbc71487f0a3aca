import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "a pool's task that takes more memory than its container has fails alone",
  shows:
    "A container has 384 MiB. One task of a pool fills memory until the kernel kills its worker: the task fails with an "
    + "error that says so, all other tasks are done, and the pool goes on with a new worker.",
  async run(lab) {
    const pool = await lab.container({
      name: "pool",
      memory: 384 * 2 ** 20,
      program: "scenarios/programs/pool_memory.ts",
    });
    await pool.ends();
    assertEquals(pool.lines, [
      "the greedy task: WorkerEndedError, ended, by SIGKILL (the kernel does so when memory is short)",
      "the other tasks: 40 of 40",
      "and after that: 49",
    ]);
  },
});
