/**
 * Plays a demo that expects the wrong, as `deno task demo` would play it.
 *
 * @module
 */
import { play } from "../../../lab/demo/main.ts";

const exitCode = await play([{
  name: "wrong",
  title: "an expectation that does not hold",
  shows: "Nothing.",
  cast: ["parent"],
  async play(stage) {
    const parent = stage.start("parent", "pipe_spam.ts", "1");
    await parent.ends();
    stage.expectLines(parent, ["something else"]);
  },
}]);
Deno.exit(exitCode);
