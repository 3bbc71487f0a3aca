/**
 * The client of echo_server.ts: it writes each MESSAGE to the server's fifo pipe.in, and waits for its
 * echo on pipe.out before it writes the next. Started first, it waits for the server.
 *
 *     deno run -A lab/programs/echo_client.ts FOLDER MESSAGE…
 *
 * One sees `Client PID sent "hello", got "hello"` for each message. The message "exit" ends the server.
 *
 * Needs: --allow-ffi --allow-read
 *
 * @module
 */
import { join } from "node:path";
import { DuplexFifo } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";
import { untilExists } from "./parts/until_exists.ts";

async function client(folder: string, messages: string[], signal: AbortSignal): Promise<void> {
  const path = join(folder, "pipe");
  console.log(`Client ${Deno.pid} waits for a server at ${path}.in and ${path}.out`);
  await untilExists(`${path}.in`, signal);
  await untilExists(`${path}.out`, signal);
  using server = await DuplexFifo.connect(path, { signal });
  const echoes = server.lines({ signal });
  for (const message of messages) {
    await server.write(`${message}\n`, { signal });
    const { value: echo, done } = await echoes.next();
    if (done) throw new Deno.errors.UnexpectedEof(`The server left without an echo of "${message}"`);
    console.log(`Client ${Deno.pid} sent "${message}", got "${echo}"`);
  }
}

if (import.meta.main) {
  const [folder, ...messages] = Deno.args;
  if (folder === undefined) throw new TypeError("Missing argument: the folder of the server's fifos");
  await interruptible((signal) => client(folder, messages, signal));
}
