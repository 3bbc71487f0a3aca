/**
 * Has numbered messages echoed by message_server.ts at `HOST`, one after the other, until SIGTERM; when the server is
 * gone it connects again, as soon as it is back, and goes on: `HOST KEY`. It says `N echoed` every 50, `connected`, and
 * `gone after N`.
 *
 * Needs: --allow-net
 *
 * @module
 */
import { abortOnSignal, Connection } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const GONE = ["BrokenPipe", "ConnectionReset", "UnexpectedEof", "TimedOut"];
const ABSENT = [...GONE, "NotFound", "NetworkUnreachable"];

const [host = "", authKey = ""] = Deno.args;
using stop = abortOnSignal("SIGTERM");
let echoed = 0;

async function connected(): Promise<Connection<string>> {
  const options = { codec: "text", authKey, retry: true, timeout: 20_000, signal: stop } as const;
  for (;;) {
    try {
      return await Connection.connect(`tcp://${host}:5000`, options);
    } catch (error) {
      // Its name goes with it, and it may go again in the handshake.
      if (stop.aborted || !ABSENT.includes((error as Error).name)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

while (!stop.aborted) {
  try {
    using server = await connected();
    console.log("connected");
    message(host, `goes on with ${echoed}`);
    while (!stop.aborted) {
      const text = `message ${echoed}`;
      await server.send(text, { timeout: 5000 });
      const got = await server.recv({ timeout: 5000, signal: stop });
      if (got !== text) throw new Error(`Sent "${text}", got "${got}"`);
      if (++echoed % 50 === 0) console.log(`${echoed} echoed`);
    }
  } catch (error) {
    if (stop.aborted) break;
    if (!GONE.includes((error as Error).name)) throw error;
    console.log(`gone after ${echoed}`);
  }
}
console.log(`stopped after ${echoed}`);
