/**
 * Asks each member by its name, and then sends numbered datagrams to the multicast group 239.7.7.7, each until all
 * members have answered it: `COUNT MEMBER...`. A datagram may be lost, so one that is not answered is sent again. It
 * says `all N were answered`.
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
const send = (text: string, to: string) => socket.send(new TextEncoder().encode(text), to);

/** Sends it until each of them has answered, and so many times at most; resolves to who has not. */
async function ask(text: string, to: string, whom: string[], most = 50): Promise<string[]> {
  const missing = new Set(whom.map((member) => `${member} had ${text}`));
  for (let tries = 0; tries < most && missing.size > 0; tries++) {
    await send(text, to);
    try {
      while (missing.size > 0) {
        const { bytes } = await socket.receive({ timeout: 200 });
        missing.delete(new TextDecoder().decode(bytes));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
    }
  }
  return [...missing];
}

async function answered(text: string, to: string, whom: string[]): Promise<void> {
  const missing = await ask(text, to, whom);
  if (missing.length > 0) throw new Error(`No answer: ${missing.join(", ")}`);
}

for (const member of members) {
  message(member, "hello, and 1 to the group");
  await answered("hello", `udp://${member}:5000`, [member]);
}
for (let i = 1; i <= Number(count); i++) await answered(`${i}`, GROUP, members);
console.log(`all ${count} were answered`);
await ask("end", GROUP, members, 10); // Who has answered is gone: when the answer is lost, there is no other.
