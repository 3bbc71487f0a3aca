import { assert, assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

/** How long the other side may take to learn of it, or stand still. */
const WITHIN_MS = 1_000;

const TOLD = {
  sends: /^all that was sent came: ConnectionReset at (\d+)$/,
  receives: /^nobody receives: BrokenPipe at (\d+)$/,
  serves: /^nobody serves: ConnectionReset at (\d+)$/,
};

export default scenario({
  title:
    "a container killed while it sends, receives, serves or takes is missed at once, and takes nothing with it",
  shows:
    "Containers share /dev/shm, and nothing else. One is killed among its sends through a channel: the other one gets "
    + "all that was sent, whole and in order, and is told within 1 s. Others are killed as a channel's receiver, and "
    + "as the server of a channel both ways: the sender, and who asks, are told. One is killed as it takes from a queue: "
    + "the next one goes on where that was, with what the producer has put meanwhile.",
  async run(lab) {
    const survivor = await lab.container({
      name: "survivor",
      ipc: "shareable",
      program: "scenarios/programs/shared_peers_survivor.ts",
    });
    const peer = (role: string) =>
      lab.container({
        name: role,
        ipc: survivor,
        program: "scenarios/programs/shared_peers_victim.ts",
        args: [role],
      });
    const killed = async (role: string) => {
      await survivor.line(`waits for ${role}`);
      const victim = await peer(role);
      await survivor.line("busy");
      const at = Date.now();
      await victim.kill();
      await victim.ends(137);
      return at;
    };
    for (const [role, told] of Object.entries(TOLD)) {
      const at = await killed(role);
      const [, when] = told.exec(await survivor.line(/ (came|receives|serves): /)) ?? [];
      assert(when !== undefined, `it was told something else\n${survivor.describe()}`);
      const took = Number(when) - at;
      assert(took >= 0 && took < WITHIN_MS, `it learned of it after ${took} ms`);
      lab.step(`it learned of it ${took} ms after the kill was asked for`);
    }
    await killed("takes");
    const collector = await peer("collects");
    await Promise.all([collector.ends(), survivor.ends()]);
    assertEquals(collector.lines[0], "taken on from where it was left");
    const [, pause] = /^many more, in order; the first after (\d+) ms$/.exec(collector.lines[1]!) ?? [];
    assert(Number(pause) < WITHIN_MS, collector.lines[1]);
    assertEquals(survivor.lines.at(-1), "left nothing");
  },
});
