import type { Demo } from "./runner/demo.ts";

/** lab/programs/duplex_exchange.ts */
export const duplexExchange: Demo = {
  name: "duplex-exchange",
  title: "objects both ways between a parent and its child",
  shows:
    "One connection, two directions: first in turn, then both send a thousand objects while they receive "
    + "the other's.",
  cast: ["parent"],
  async play(stage) {
    const parent = stage.start("parent", "duplex_exchange.ts", "1000");
    await parent.ends();
    stage.expectLines(parent, [
      'Parent PID got <ref *1> { name: "Bob", id: 42n, '
      + 'friend: { name: "Sue", id: 18446744073709551616n, friend: [Circular *1] } }',
      /^Child \d+ got Set\(4\) \{ "ss", "pp", "aa", "mm" \}$/,
      /^Child \d+ sent 1000 objects and got 1000, and then the end$/,
      "Parent PID sent 1000 objects and got 1000; the child ended with code 0",
    ]);
  },
};
