import type { Demo } from "./runner/demo.ts";

/** lab/programs/structured_messages.ts */
export const structuredMessages: Demo = {
  name: "structured-messages",
  title: "structured messages through pipes",
  shows: "A parent asks and its child answers, with values that JSON does not have: bigint, Float64Array, "
    + "Map, Date.",
  cast: ["parent"],
  async play(stage) {
    const parent = stage.start("parent", "structured_messages.ts");
    await parent.ends();
    stage.expectLines(parent, [
      "Parent PID asks { id: 1n, samples: Float64Array(3) [ 3, 4, 8 ] }",
      'Parent PID gets { id: 1n, stats: Map(2) { "mean" => 5, "max" => 8 }, at: TIME }',
      "Parent PID asks { id: 2n, samples: Float64Array(1) [ 0.5 ] }",
      'Parent PID gets { id: 2n, stats: Map(2) { "mean" => 0.5, "max" => 0.5 }, at: TIME }',
      "Parent PID asks { id: 3n, samples: Float64Array(2) [ -1, 1 ] }",
      'Parent PID gets { id: 3n, stats: Map(2) { "mean" => 0, "max" => 1 }, at: TIME }',
      "Parent PID saw the child end with code 0",
    ]);
  },
};
