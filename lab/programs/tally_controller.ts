/**
 * Drives the worker that tally_launcher.ts has started: it writes each COMMAND to the worker's stdin,
 * the fifo tally.in, and waits for the answer from its stdout, the fifo tally.out. It can be stopped and
 * started again: the worker is still there, and has forgotten nothing.
 *
 *     deno run -A lab/programs/tally_controller.ts FOLDER COMMAND…
 *
 * A COMMAND is a number to add, or "quit". One sees `Controller PID told "5", heard "5 makes 5"`.
 *
 * Needs: --allow-ffi
 *
 * @module
 */
import { join } from "node:path";
import { DuplexFifo } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function controller(folder: string, commands: string[], signal: AbortSignal): Promise<void> {
  using worker = await DuplexFifo.connect(join(folder, "tally"), { signal });
  const answers = worker.lines({ signal });
  for (const command of commands) {
    await worker.write(`${command}\n`, { signal });
    const { value: answer, done } = await answers.next();
    if (done) throw new Deno.errors.UnexpectedEof(`The worker left without an answer to "${command}"`);
    console.log(`Controller ${Deno.pid} told "${command}", heard "${answer}"`);
  }
}

if (import.meta.main) {
  const [folder, ...commands] = Deno.args;
  if (folder === undefined) throw new TypeError("Missing argument: the folder of the worker's fifos");
  await interruptible((signal) => controller(folder, commands, signal));
}
