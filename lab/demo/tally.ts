import type { Demo } from "./runner/demo.ts";

/** lab/programs/tally_launcher.ts, tally.ts and tally_controller.ts */
export const tally: Demo = {
  name: "tally",
  title: "a worker with fifos as stdin and stdout",
  shows: "The worker adds up numbers; it reads stdin and writes stdout, as for a terminal. A controller "
    + "drives it through fifos, ends, and another takes over: the worker has forgotten nothing.",
  cast: ["launcher", "controller 1", "controller 2"],
  async play(stage) {
    const launcher = stage.start("launcher", "tally_launcher.ts", stage.folder);
    await launcher.says("started worker");
    const first = stage.start("controller 1", "tally_controller.ts", stage.folder, "5", "7");
    await first.ends();
    stage.tell("controller 1 has ended, the worker has not");
    stage.expect(launcher.running, "The worker has ended together with its controller");
    const second = stage.start("controller 2", "tally_controller.ts", stage.folder, "30", "quit");
    await second.ends();
    await launcher.ends();
    stage.expectLines(first, [
      'Controller PID told "5", heard "5 makes 5"',
      'Controller PID told "7", heard "7 makes 12"',
    ]);
    stage.expectLines(second, [
      'Controller PID told "30", heard "30 makes 42"',
      'Controller PID told "quit", heard "bye"',
    ]);
    stage.expectLines(launcher, [
      /^Launcher PID started worker \d+ on DIR\/tally\.in and DIR\/tally\.out$/,
      "Launcher PID saw the worker end with code 0",
    ]);
  },
};
