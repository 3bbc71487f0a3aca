/**
 * Echoes messages on TCP port 5000, to clients that know the key (`-` for none): `KEY [CROWD]`. It says `listening`, at
 * SIGTERM `served N clients`, and `refused a client` for each without the key; and once there are so many clients at
 * once, each of which has had an echo, `a crowd of CROWD`.
 *
 * With LEGACY set it speaks the handshake of Python up to 3.11, too.
 *
 * Needs: --allow-net --allow-env=LEGACY
 *
 * @module
 */
import { abortOnSignal, type Connection, Listener } from "../../../mod.ts";

const [key = "-", crowd] = Deno.args;
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
let present = 0;
async function echo(client: Connection<Uint8Array>): Promise<void> {
  using all = new DisposableStack();
  all.use(client);
  let echoes = 0;
  for await (const message of client) {
    await client.send(message);
    if (echoes++ > 0) continue;
    if (`${++present}` === crowd) console.log(`a crowd of ${crowd}`);
    all.defer(() => present--);
  }
  served++;
}

const serving: Promise<void>[] = [];
for await (const client of listener) serving.push(echo(client).catch((error) => console.log(`${error}`)));
await Promise.all(serving);
console.log(`served ${served} clients`);
