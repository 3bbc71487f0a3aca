import type { Demo } from "./runner/demo.ts";

/** lab/programs/shared_array.ts */
export const sharedArray: Demo = {
  name: "shared-array",
  title: "four processes fill an array in shared memory, and one reads it",
  shows: "Each child writes its quarter of 100,000 numbers in place; the parent adds up what it finds.",
  cast: ["fillers"],
  async play(stage) {
    const fillers = stage.start("fillers", "shared_array.ts", "4", "100000");
    await fillers.ends();
    const parts = fillers.lines.flatMap((line) => /^Child \d+ filled (\d+ to \d+)$/.exec(line)?.[1] ?? []);
    const quarters = ["0 to 24999", "25000 to 49999", "50000 to 74999", "75000 to 99999"];
    stage.expect(parts.toSorted().join() === quarters.toSorted().join(), "Not every quarter was filled once");
    // The sum of i * i for i < n is (n - 1) n (2 n - 1) / 6.
    stage.expect(
      fillers.lines.at(-1) === "Parent: the 100000 squares add up to 333328333350000",
      "The sum is wrong",
    );
  },
};
