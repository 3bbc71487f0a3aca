import { assert } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

/** So long after its parent's end a family may be there. */
const WITHIN_MS = 1_000;

export default scenario({
  title: "no child is left when its parent is killed, and when its container is stopped or killed",
  shows:
    "A parent has children and daemons, which have children themselves, one that computes without end, and a manager's "
    + "server. Somebody of the same PID namespace sees them all. The parent alone gets SIGKILL, and its container goes "
    + "on; another's container is stopped, with SIGTERM; a third one's is killed, with SIGKILL.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const ends = ["killed-alone", "stopped", "killed"];
    // Its first process is an init, which waits for the orphans that it is given.
    const watcher = await lab.container({
      name: "watcher",
      mounts,
      init: true,
      program: "scenarios/programs/process_watcher.ts",
      args: ["/shared", ...ends],
    });
    await watcher.line("watches");
    const family = async (name: string) => {
      const program = "scenarios/programs/process_family.ts";
      const container = await lab.container({ name, mounts, pid: watcher, program, args: ["/shared", name] });
      await watcher.line(`${name} has 9 processes`);
      return container;
    };
    const alone = await family("killed-alone");
    await watcher.line(`${ends[0]} is gone`);
    // What held it is still there: this family had to end by itself.
    await alone.line("the parent ended by SIGKILL");

    const stopped = await family("stopped");
    await stopped.stop();
    await stopped.exit();
    await watcher.line(`${ends[1]} is gone`);

    const killed = await family("killed");
    await killed.kill();
    await killed.ends(137);
    await watcher.line(`${ends[2]} is gone`);

    await watcher.ends(); // With the namespace all that is in it ends.
    const took = watcher.lines.flatMap((line) => /is gone within (\d+) ms$/.exec(line)?.[1] ?? []).map(
      Number,
    );
    assert(took.length === 3 && took.every((ms) => ms < WITHIN_MS), `${took}`);
  },
});
