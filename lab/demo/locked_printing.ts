import type { Demo } from "./runner/demo.ts";

const LINES = ["takes the pen,", "writes its line,", "and passes it on."];

/** lab/programs/locked_printing.ts */
export const lockedPrinting: Demo = {
  name: "locked-printing",
  title: "ten processes print under a lock",
  shows: "Each prints three lines; the lock keeps them together.",
  cast: ["poets"],
  async play(stage) {
    const poets = stage.start("poets", "locked_printing.ts", "10");
    await poets.ends();
    const lines = poets.lines.slice(0, -1);
    const names = new Set(lines.map((line) => /^Poet \d+/.exec(line)?.[0] ?? "?"));
    stage.expect(lines.length === 30 && names.size === 10, "Not every poet printed its three lines");
    const whole = lines.every((line, i) =>
      line === `${/^Poet \d+/.exec(lines[i - i % 3]!)![0]} ${LINES[i % 3]}`
    );
    stage.expect(whole, "Somebody's lines came in between another's");
    stage.expect(poets.lines.at(-1) === "All ended with 0", "Not all ended well");
  },
};
