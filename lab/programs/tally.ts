/**
 * A worker program without a face, as a debugger or a chess engine is to its GUI: it reads commands from
 * its stdin and answers on its stdout, and knows nothing of fifos. tally_launcher.ts connects both to
 * fifos, tally_controller.ts drives it. Alone it talks with the terminal:
 *
 *     deno run lab/programs/tally.ts
 *
 * One sees, for a number typed in, `5 makes 5`: the number and the sum of all so far; for "quit", `bye`.
 *
 * Needs: no permission
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

if (import.meta.main) {
  let sum = 0;
  for await (const command of createInterface({ input: process.stdin })) {
    if (command === "quit") {
      console.log("bye");
      Deno.exit(); // Not just out of the loop: the next read of stdin is under way, and waits for more.
    }
    sum += Number(command);
    console.log(`${command} makes ${sum}`);
  }
}
