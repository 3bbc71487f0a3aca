/**
 * A server with two fifos, pipe.in and pipe.out: it echoes each message of its client, until one is
 * "exit". A client may also leave without a word; the server then waits for the next.
 *
 *     deno run -A lab/programs/echo_server.ts FOLDER
 *
 * In another terminal, before or after it:
 *
 *     deno run -A lab/programs/echo_client.ts FOLDER hello exit
 *
 * One sees which fifos the server waits at and what it got; at its end both fifos are gone.
 *
 * Needs: --allow-ffi
 *
 * @module
 */
import { join } from "node:path";
import { DuplexFifo } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function server(folder: string, signal: AbortSignal): Promise<void> {
  while (await serve(join(folder, "pipe"), signal) !== "exit");
  console.log(`Server ${Deno.pid} ends`);
}

/** One client's conversation. Resolves to its last message. */
async function serve(path: string, signal: AbortSignal): Promise<string | undefined> {
  console.log(`Server ${Deno.pid} waits for a client at ${path}.in and ${path}.out`);
  using client = await DuplexFifo.listen(path, { signal });
  let last: string | undefined;
  try {
    for await (const message of client.lines({ signal })) {
      console.log(`Server ${Deno.pid} got "${message}"`);
      await client.write(`${message}\n`, { signal });
      last = message;
      if (message === "exit") break;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // The client did not stay for its echo.
  }
  return last;
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    throw new TypeError("Missing argument: the folder to make pipe.in and pipe.out in");
  }
  await interruptible((signal) => server(folder, signal));
}
