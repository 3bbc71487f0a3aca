import type { Demo } from "./runner/demo.ts";

/** lab/programs/pipe_spam.ts */
export const pipeSpam: Demo = {
  name: "pipe-spam",
  title: "spam over an anonymous pipe",
  shows: "A child writes lines with growing pauses; its parent prints each the moment it comes, until the "
    + "child ends and so ends the pipe.",
  cast: ["parent"],
  async play(stage) {
    const parent = stage.start("parent", "pipe_spam.ts", "10");
    await parent.ends();
    stage.expectLines(parent, [
      ...Array.from({ length: 10 }, (_, i) => `Parent PID got "Spam 00${i}" at TIME`),
      "Parent PID saw the pipe end; the child ended with code 0",
    ]);
  },
};
