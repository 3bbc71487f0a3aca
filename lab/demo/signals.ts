import type { Demo } from "./runner/demo.ts";

/** lab/programs/signals.ts */
export const signals: Demo = {
  name: "signals",
  title: "a parent and a child that signal each other",
  shows: "SIGUSR1 to and fro, until the child asks by SIGTERM for its end, and gets it: it removes its file "
    + "and ends. The second time it is we who send SIGTERM to the parent.",
  cast: ["parent", "parent 2"],
  async play(stage) {
    const told = (actor: string) => `${actor} got SIGUSR1`;
    const end = [
      "Parent PID got SIGTERM",
      "Child got SIGTERM",
      "Child has removed its child.pid",
      "Parent PID saw the child end with code 0",
    ].map(withChild);
    const turns = (count: number) =>
      Array.from({ length: count }, () => [told("Parent PID"), told("Child")]).flat().map(withChild);

    const parent = stage.start("parent", "signals.ts", stage.folder, "3");
    await parent.ends();
    stage.expectLines(parent, [...turns(3), ...end]);

    const interrupted = stage.start("parent 2", "signals.ts", stage.folder, "1000000");
    await interrupted.says(/Child \d+ got SIGUSR1/);
    await interrupted.says(/Child \d+ got SIGUSR1/);
    stage.tell("SIGTERM to parent 2");
    interrupted.kill("SIGTERM");
    await interrupted.ends();
    // A signal more may have been on its way.
    const lines = interrupted.lines;
    for (const line of end) {
      const wanted = line instanceof RegExp ? line : RegExp(`^${line.replace("PID", `${interrupted.pid}`)}$`);
      stage.expect(lines.some((said) => wanted.test(said)), `parent 2 did not say ${wanted}`);
    }
  },
};

/** The child's process id is not the stage's to know. */
function withChild(line: string): string | RegExp {
  return line.startsWith("Child ") ? RegExp(`^${line.replace("Child", "Child \\d+")}$`) : line;
}
