import type { Demo } from "./runner/demo.ts";

/** lab/programs/process_objects.ts */
export const processObjects: Demo = {
  name: "process-objects",
  title: "a parent and a child exchange objects over a pair of connections",
  shows:
    "The child is a function of a module, run in a process of its own; one end of the pair is its argument.",
  cast: ["parent"],
  async play(stage) {
    const parent = stage.start("parent", "process_objects.ts");
    await parent.ends();
    const said = parent.lines.join(" ").replaceAll(/\s+/g, " ");
    stage.expect(
      /Child \d+ got \{ name: "Ann", born: [^ ]+, big: 18446744073709551616n \}/.test(said),
      "The child did not get the object",
    );
    stage.expect(/Parent \d+ got Set\(2\) \{ "a", "b" \}/.test(said), "The parent did not get the answer");
    stage.expect(/the child ended with code 0$/.test(said), "The child did not end well");
  },
};
