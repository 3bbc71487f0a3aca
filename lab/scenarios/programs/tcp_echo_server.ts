/**
 * Echoes lines on TCP port 5000 to any number of clients at once, until SIGTERM. It says `listening` and, for
 * each client, how many lines it had.
 *
 * Needs: --allow-net --allow-ffi
 *
 * @module
 */
import { abortOnSignal, listen, type SocketStream } from "../../../mod.ts";
import { message } from "./parts/message.ts";

async function echo(client: SocketStream): Promise<void> {
  using _ = client;
  let lines = 0;
  let name = "?";
  for await (const line of client.lines()) {
    if (lines++ === 0) name = line.split(" ")[0]!;
    if (lines === 1) message(name, `echo of "${line}"`);
    await client.write(new TextEncoder().encode(`${line}\n`));
  }
  console.log(`${name} left after ${lines} lines`);
}

using stop = abortOnSignal("SIGTERM");
using listener = await listen("tcp://0.0.0.0:5000");
stop.addEventListener("abort", () => listener.close());
console.log("listening");
const served: Promise<void>[] = [];
for await (const client of listener) served.push(echo(client));
await Promise.all(served);
console.log("stopped");
