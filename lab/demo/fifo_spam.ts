import { join } from "node:path";
import type { Demo } from "./runner/demo.ts";

/** lab/programs/fifo_spam_parent.ts and fifo_spam_child.ts */
export const fifoSpam: Demo = {
  name: "fifo-spam",
  title: "spam over a fifo",
  shows: "Two programs that know only a path, started independently, in either order: the child again and "
    + "again, while the parent keeps reading.",
  cast: ["parent", "child 1", "child 2", "child 3"],
  async play(stage) {
    const fifo = join(stage.folder, "spam.fifo");
    stage.tell("child 1 starts before there is a parent, or a fifo");
    const first = stage.start("child 1", "fifo_spam_child.ts", fifo, "4");
    await first.says("waits for a reader");
    const parent = stage.start("parent", "fifo_spam_parent.ts", fifo, "12");
    await first.ends();
    const said = ["Child PID waits for a reader at DIR/spam.fifo", "Child PID wrote 4 lines"];
    stage.expectLines(first, said);
    for (const who of ["child 2", "child 3"]) {
      stage.tell(`${who} starts, the one before has ended`);
      const child = stage.start(who, "fifo_spam_child.ts", fifo, "4");
      await child.ends();
      stage.expectLines(child, said);
    }
    await parent.ends();
    const session = ["000", "001", "002", "003"].map((number) => `Parent PID got "Spam ${number}" at TIME`);
    stage.expectLines(parent, [...session, ...session, ...session, "Parent PID has its 12 lines"]);
  },
};
