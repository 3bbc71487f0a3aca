/**
 * Echoes messages on TCP port 5000, to clients that know the key (`-` for none): `KEY`. It says `listening`, at SIGTERM
 * `served N clients`, and `refused a client` for each without the key.
 *
 * With LEGACY set it speaks the handshake of Python up to 3.11, too.
 *
 * Needs: --allow-net --allow-env=LEGACY
 *
 * @module
 */
import { abortOnSignal, type Connection, Listener } from "../../../mod.ts";

const [key = "-"] = Deno.args;
using stop = abortOnSignal("SIGTERM");
const onRejected = () => console.log("refused a client");
await using listener = new Listener("tcp://0.0.0.0:5000", {
  codec: "bytes",
  onRejected,
  ...key !== "-" && { authKey: key, allowLegacyAuth: Deno.env.has("LEGACY") },
});
await listener.ready;
stop.addEventListener("abort", () => listener.close());
console.log("listening");

let served = 0;
async function echo(client: Connection<Uint8Array>): Promise<void> {
  using _ = client;
  for await (const message of client) await client.send(message);
  served++;
}

const serving: Promise<void>[] = [];
for await (const client of listener) serving.push(echo(client).catch((error) => console.log(`${error}`)));
await Promise.all(serving);
console.log(`served ${served} clients`);
