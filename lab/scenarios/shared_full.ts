import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "a /dev/shm that runs full refuses what is new, and loses nothing of what is there",
  shows:
    "A container has a /dev/shm of 1 MiB, and makes shared memories until there is no room: that is ENOSPC and not a "
    + "crash. What was made before is whole, nothing half made stays, and with room again it goes on.",
  async run(lab) {
    const filler = await lab.container({
      name: "filler",
      shmSize: 2 ** 20,
      program: "scenarios/programs/shared_full.ts",
    });
    await filler.ends();
    assertEquals(filler.lines, [
      "memory: refused, ENOSPC after some: true",
      "channel: refused, ENOSPC",
      "files beyond those made: 0",
      "all is whole: true, and the queue has 42",
      "with room again: a channel, and 0 files left",
    ]);
  },
});
