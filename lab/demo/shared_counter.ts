import type { Demo } from "./runner/demo.ts";

/** lab/programs/shared_counter.ts */
export const sharedCounter: Demo = {
  name: "shared-counter",
  title: "four processes add to one number in shared memory",
  shows:
    "As if each were alone they overwrite each other's sums. With an atomic add, or under the number's lock, the "
    + "total is exact.",
  cast: ["adders"],
  async play(stage) {
    const adders = stage.start("adders", "shared_counter.ts", "4", "100000");
    await adders.ends();
    stage.expectLines(adders, [
      /^With nothing: 4 x 100000 make \d+, \d+ lost$/,
      "With add: 4 x 100000 make 400000, exact",
      "With lock: 4 x 100000 make 400000, exact",
    ]);
  },
};
