/**
 * Starts tally.ts with fifos as its stdin and stdout, for controllers that come and go.
 *
 * What keeps the worker alive between them: the launcher holds an end of either fifo open itself. As long
 * as there is a writer the worker's stdin does not end, and as long as there is a reader its stdout does
 * not break; what it says while no controller listens waits in the fifo.
 *
 *     deno run -A lab/programs/tally_launcher.ts FOLDER
 *
 * In another terminal, as often as one likes; the last "quit" ends the worker and so the launcher:
 *
 *     deno run -A lab/programs/tally_controller.ts FOLDER 5 7
 *     deno run -A lab/programs/tally_controller.ts FOLDER 30 quit
 *
 * One sees the worker's process id, and at the end its exit code; the fifos are then gone.
 *
 * Needs: --allow-ffi --allow-run --allow-env --allow-write
 *
 * @module
 */
import { join } from "node:path";
import { mkfifo, openFifoReader, openFifoWriter, spawn } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function launcher(folder: string, signal: AbortSignal): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const [commands, answers] = [join(folder, "tally.in"), join(folder, "tally.out")];
  for (const fifo of [commands, answers]) {
    await mkfifo(fifo);
    cleanUp.defer(() => Deno.remove(fifo));
  }

  // Reader first, without waiting for a writer: the writer then finds it there, and does not wait either.
  const stdin = await openFifoReader(commands, { wait: false });
  using _keepsStdinOpen = await openFifoWriter(commands, { signal });
  using _keepsStdoutOpen = await openFifoReader(answers, { wait: false });
  const stdout = await openFifoWriter(answers, { signal });

  const args = ["run", new URL("./tally.ts", import.meta.url).href];
  await using worker = spawn(Deno.execPath(), { args, stdin, stdout, signal, noOrphans: true });
  console.log(`Launcher ${Deno.pid} started worker ${worker.pid} on ${commands} and ${answers}`);
  const { code } = await worker.status;
  console.log(`Launcher ${Deno.pid} saw the worker end with code ${code}`);
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    throw new TypeError("Missing argument: the folder to make tally.in and tally.out in");
  }
  await interruptible((signal) => launcher(folder, signal));
}
