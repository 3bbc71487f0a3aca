/**
 * Sends numbered datagrams to the multicast group 239.7.7.7, each until all members have answered it: `COUNT MEMBER...`.
 * A datagram may be lost, so one that is not answered is sent again. It says `all N were answered`.
 *
 * Needs: --allow-net --allow-ffi --allow-sys
 *
 * @module
 */
import { datagram } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { ownAddress } from "./parts/own_address.ts";

const GROUP = "udp://239.7.7.7:5000";

const [count = "0", ...members] = Deno.args;
using socket = await datagram("udp://0.0.0.0:0", { multicastInterface: ownAddress() });
const send = (text: string) => socket.send(new TextEncoder().encode(text), GROUP);

for (let i = 1; i <= Number(count); i++) {
  const missing = new Set(members.map((member) => `${member} had ${i}`));
  if (i === 1) { for (const member of members) message(member, `"${i}" to the group`); }
  for (let tries = 0; missing.size > 0; tries++) {
    if (tries === 50) throw new Error(`No answer: ${[...missing].join(", ")}`);
    await send(`${i}`);
    try {
      while (missing.size > 0) {
        const { bytes } = await socket.receive({ timeout: 200 });
        missing.delete(new TextDecoder().decode(bytes));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
    }
  }
}
for (let i = 0; i < 5; i++) await send("end");
console.log(`all ${count} were answered`);
