import { assert, assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

/** What both sides of the programs take: a host of which nothing is heard for so long is gone. */
const DEAD_AFTER_MS = 3_000;

/** How much later that may be found out, and how long the others may stand still. */
const WITHIN_MS = 1_000;

export default scenario({
  title: "a manager's lock goes on to the next one when its holder is killed, and when it is cut off",
  shows:
    "Clients of a manager, in three other containers, want its lock one after the other. The first is killed with it: the "
    + "second has it within 1 s. Of the second one the cable is pulled out: the third has it as soon as nothing was heard "
    + `of that for ${DEAD_AFTER_MS} ms (\`deadAfter\`), and counts all the while, as if nothing was the matter.`,
  async run(lab) {
    const network = await lab.network();
    const server = await lab.container({
      name: "server",
      network,
      program: "scenarios/programs/manager_server.ts",
      args: [`${DEAD_AFTER_MS}`],
    });
    await server.line("listening");
    const client = (name: string) =>
      lab.container({
        name,
        network,
        program: "scenarios/programs/manager_client.ts",
        args: [name, `${DEAD_AFTER_MS}`],
      });
    const first = await client("first");
    await first.line("has the lock");
    const second = await client("second");
    await second.line("asks for the lock");
    const third = await client("third");
    await third.line("asks for the lock");

    const killed = Date.now();
    await first.kill();
    await first.ends(137);
    const afterDeath = timeOf(await second.line("has the lock")) - killed;
    assert(afterDeath >= 0 && afterDeath < WITHIN_MS, `it took ${afterDeath} ms after the kill`);
    lab.step(`the lock changed hands ${afterDeath} ms after the kill was asked for`);

    const cut = Date.now();
    await second.disconnect(network);
    const afterCut = timeOf(await third.line("has the lock")) - cut;
    assert(afterCut < DEAD_AFTER_MS + WITHIN_MS, `it took ${afterCut} ms after the cut`);
    lab.step(`and ${afterCut} ms after the cable was pulled out`);
    await second.line(/^cut off: /);
    await second.ends();

    await third.kill("SIGTERM");
    await third.ends();
    const [, counted, gap] = /^counted to (\d+), with pauses of at most (\d+) ms$/.exec(third.lines.at(-1)!)!;
    assert(Number(counted) > 0 && Number(gap) < WITHIN_MS, third.lines.at(-1));
    await server.stop();
    await server.ends();
    assertEquals(server.lines, ["listening", "has 0 clients"]);
  },
});

function timeOf(line: string): number {
  return Number(/ at (\d+)$/.exec(line)![1]);
}
