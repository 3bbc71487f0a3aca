import { assert, assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

/** How long the others may stand still. */
const WITHIN_MS = 1_000;

export default scenario({
  title: "a container killed while it holds a lock, or while it puts, does not stop the others",
  shows:
    "Containers share /dev/shm, and nothing else: each is process 1 of its own. One is killed with the lock, and the "
    + "waiting one has it within 1 s, and is told. One is killed among its puts: all that was put comes whole and in "
    + "order, and the queue serves the next one.",
  async run(lab) {
    const program = "scenarios/programs/shared_killed_other.ts";
    const survivor = await lab.container({
      name: "survivor",
      ipc: "shareable",
      program: "scenarios/programs/shared_killed_survivor.ts",
      args: ["killed"],
    });
    const other = (role: string) =>
      lab.container({ name: role, ipc: survivor, program, args: ["killed", role] });
    await survivor.line("ready, process 1");

    const holder = await other("holds");
    await survivor.line("waits for the lock");
    const killed = Date.now();
    await holder.kill();
    await holder.ends(137);
    const [, at, died] = /at (\d+), ownerDied (\w+)$/.exec(await survivor.line("has the lock"))!;
    assertEquals(died, "true");
    assert(Number(at) >= killed, "it had the lock before the holder's death");
    assert(Number(at) - killed < WITHIN_MS, `it took ${Number(at) - killed} ms to get the lock`);
    lab.step(`the lock changed hands ${Number(at) - killed} ms after the kill was asked for`);

    const putter = await other("puts");
    await survivor.line("had 1000");
    await putter.kill();
    await putter.ends(137);
    const put = Number(/\d+$/.exec(putter.lines.at(-1)!)![0]);
    const sound = await other("sound");
    await Promise.all([sound.ends(), survivor.ends()]);
    const [, count, got] = /^had (\d+) in order.* (\d+)$/.exec(survivor.lines.at(-2)!)!;
    assert(Number(count) > put, `it had ${count}, and ${put} was acknowledged`);
    const took = Number(got) - Number(/\d+$/.exec(sound.lines.at(-1)!)![0]);
    assert(took < WITHIN_MS, `the queue took ${took} ms for the next value`);
    assertEquals(survivor.lines.at(-1), "left nothing");
    for (const { lines } of [holder, putter, sound]) assertEquals(lines[0], "process 1");
  },
});
