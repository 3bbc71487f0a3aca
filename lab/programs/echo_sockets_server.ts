/**
 * The classic echo server, on TCP port 50008, for any number of clients at once. A text is answered with
 * `server got: [TEXT]`; bytes and objects come back as they are. What travels are whole messages: nobody
 * has to find out where one ends.
 *
 *     deno run -A lab/programs/echo_sockets_server.ts [--port PORT] [--together COUNT]
 *
 * In another terminal, as often and as many at a time as one likes:
 *
 *     deno run -A lab/programs/echo_sockets_client.ts client1
 *     deno run -A lab/programs/echo_sockets_workers.ts
 *
 * One sees where it listens (port 0 is a free one), and how many messages each client had answered when it
 * left. With `--together 5` it answers nobody before five are there: then all at once. Ctrl-C ends it.
 *
 * Needs: --allow-net
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Connection, Listener } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function server(port: number, together: number, signal: AbortSignal): Promise<void> {
  await using listener = new Listener(`tcp://127.0.0.1:${port}`);
  console.log(`Server ${Deno.pid} listens at ${await listener.ready}`);
  const served = new Set<Promise<void>>();
  try {
    while (true) {
      const clients = [await listener.accept({ signal })];
      while (clients.length < together) clients.push(await listener.accept({ signal }));
      if (together > 1) console.log(`Server ${Deno.pid} has ${together} clients at once`);
      for (const client of clients) {
        const end = serve(client, signal).finally(() => served.delete(end));
        served.add(end);
      }
    }
  } finally {
    await Promise.all(served);
    console.log(`Server ${Deno.pid} ends`);
  }
}

/** Answers one client until it leaves. The next one does not wait for that. */
async function serve(client: Connection, signal: AbortSignal): Promise<void> {
  const hangUp = () => client.close();
  signal.addEventListener("abort", hangUp, { once: true });
  let answered = 0;
  try {
    for await (const message of client) {
      await client.send(typeof message === "string" ? `server got: [${message}]` : message);
      answered++;
    }
    console.log(`Server ${Deno.pid} answered ${answered} messages of a client`);
  } catch (error) {
    console.log(`Server ${Deno.pid} lost a client: ${(error as Error).message}`); // The others do not mind.
  } finally {
    signal.removeEventListener("abort", hangUp);
    client.close();
  }
}

if (import.meta.main) {
  const { values: { port, together } } = parseArgs({
    options: { port: { type: "string", default: "50008" }, together: { type: "string", default: "1" } },
  });
  await interruptible((signal) => server(Number(port), Number(together), signal));
}
