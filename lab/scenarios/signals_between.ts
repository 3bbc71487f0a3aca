import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const ROUNDS = 50;

export default scenario({
  title: "signals reach processes of other containers that share a PID namespace",
  shows:
    "Two containers in the PID namespace of a third send each other signals and answer each one with one; a user who "
    + "may not signal them is told so, and sees that they are alive; and one sees when the other has ended.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const program = "scenarios/programs/signal_partner.ts";
    // The namespace lives as long as its first process, which is therefore neither of the two.
    const keeper = await lab.container({ name: "keeper", program, args: ["keep"] });
    await keeper.line("keeps");
    const start = (name: string, args: string[], user?: string) =>
      lab.container({ name, mounts, pid: keeper, program, args, ...user && { user } });
    const answerer = await start("answerer", ["answer", "/shared", "asker"]);
    const [pid] = /\d+$/.exec(await answerer.line(/^process \d+$/))!;
    const stranger = await start("stranger", ["try", pid], "1000:1000");
    await stranger.ends();
    const asker = await start("asker", ["ask", "/shared", "answerer", pid, `${ROUNDS}`]);
    await Promise.all([asker.ends(), answerer.ends()]);
    assertEquals(stranger.lines, [
      "alive: true",
      "SIGTERM: PermissionDenied EPERM kill",
      "alive: true",
      "a process that is not there: false, NotFound ESRCH kill",
    ]);
    assertEquals(asker.lines, [`had ${ROUNDS} answers`, "alive: true", "alive after SIGTERM: false"]);
    assertEquals(answerer.lines, [`process ${pid}`, `answered ${ROUNDS}`, "got SIGTERM, and ends"]);
    await keeper.stop();
    await keeper.ends();
    assertEquals(keeper.lines, ["keeps", "got SIGTERM"]);
  },
});
