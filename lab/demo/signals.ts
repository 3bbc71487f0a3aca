import type { Actor } from "./runner/actor.ts";
import type { Demo } from "./runner/demo.ts";
import type { Stage } from "./runner/stage.ts";

/** lab/programs/signals.ts */
export const signals: Demo = {
  name: "signals",
  title: "a parent and a child that signal each other",
  shows: "SIGUSR1 to and fro, until the child asks by SIGTERM for its end, and gets it: it removes its file "
    + "and ends. The second time it is we who send SIGTERM to the parent.",
  cast: ["parent", "parent 2"],
  async play(stage) {
    const end = [
      "Parent PID got SIGTERM",
      "Child PID got SIGTERM",
      "Child PID has removed its child.pid",
      "Parent PID saw the child end with code 0",
    ];

    const parent = stage.start("parent", "signals.ts", stage.folder, "3");
    await parent.ends();
    const turn = ["Parent PID got SIGUSR1", "Child PID got SIGUSR1"];
    expectSaid(stage, parent, parent.lines, [...turn, ...turn, ...turn, ...end]);

    const interrupted = stage.start("parent 2", "signals.ts", stage.folder, "1000000");
    await interrupted.says(/Child \d+ got SIGUSR1/);
    await interrupted.says(/Child \d+ got SIGUSR1/);
    stage.tell("SIGTERM to parent 2");
    interrupted.kill("SIGTERM");
    await interrupted.ends();
    // Where in its turns it was is chance.
    expectSaid(stage, interrupted, interrupted.lines.filter((line) => !line.endsWith("SIGUSR1")), end);
  },
};

/** As the stage's expectLines, where PID is the child's process id as well. */
function expectSaid(stage: Stage, { who }: Actor, lines: string[], expected: string[]): void {
  const said = lines.map((line) => line.replace(/ \d+ /, " PID ")).join("\n");
  stage.expect(said === expected.join("\n"), `${who} said\n${said}`);
}
