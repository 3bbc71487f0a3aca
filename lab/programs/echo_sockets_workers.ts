/**
 * Five clients of echo_sockets_server.ts at once in one process, each a worker with a thread and a
 * connection of its own; echo_sockets_client.ts has what each of them does.
 *
 *     deno run -A lab/programs/echo_sockets_workers.ts [--port PORT] [--rounds COUNT]
 *
 * One sees `client1 got "server got: [client1]"` and so on up to client5, mixed as they come, and how many
 * answers more each got.
 *
 * Needs: --allow-net --allow-read
 *
 * @module
 */
import { parseArgs } from "node:util";
import { converse } from "./echo_sockets_client.ts";
import { interruptible } from "./parts/interruptible.ts";

const NAMES = ["client1", "client2", "client3", "client4", "client5"];

async function main(port: number, rounds: number, signal: AbortSignal): Promise<void> {
  using workers = new DisposableStack(); // Terminates each.
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const clients = NAMES.map((name) => {
    const worker = workers.adopt(
      new Worker(import.meta.url, { type: "module", name }),
      (worker) => worker.terminate(),
    );
    return new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = ({ message }) => reject(new Error(`${name} failed: ${message}`));
      worker.postMessage({ port, rounds });
    });
  });
  await Promise.race([Promise.all(clients), interrupted]);
  console.log(`Main: all ${clients.length} clients have their answers`);
}

function work(name: string): void {
  const main = self as unknown as Worker; // The other side: the same two members.
  main.onmessage = async ({ data }) => {
    await converse(name, data);
    main.postMessage("done");
  };
}

if (self.name !== "") {
  work(self.name);
} else if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "50008" }, rounds: { type: "string", default: "100" } },
  });
  await interruptible((signal) => main(Number(values.port), Number(values.rounds), signal));
}
