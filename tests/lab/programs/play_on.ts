/**
 * Plays a demo that goes on until it is interrupted, as `deno task demo` would play it.
 *
 * @module
 */
import { play } from "../../../lab/demo/main.ts";

const exitCode = await play([{
  name: "on",
  title: "a launcher and its worker, waiting for a controller",
  shows: "Nothing.",
  cast: ["launcher"],
  play: (stage) => stage.start("launcher", "tally_launcher.ts", stage.folder).ends(),
}]);
Deno.exit(exitCode);
