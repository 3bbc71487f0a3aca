/**
 * Gets datagrams at port 5000, its own and those of the multicast group 239.7.7.7, and answers each to its sender, the
 * text `end` as the last: `NAME`. It says `ready`, and `had N different ones`.
 *
 * Needs: --allow-net --allow-ffi --allow-sys
 *
 * @module
 */
import { datagram } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { ownAddress } from "./parts/own_address.ts";

const [name = ""] = Deno.args;
using socket = await datagram("udp://0.0.0.0:5000");
socket.join("239.7.7.7", { interface: ownAddress() });
console.log("ready");
const had = new Set<string>();
for (;;) {
  const { bytes, from } = await socket.receive({ timeout: 20_000 });
  const text = new TextDecoder().decode(bytes);
  if (had.size === 0) message("sender", `answers "${text}"`);
  await socket.send(new TextEncoder().encode(`${name} had ${text}`), from);
  if (text === "end") break;
  had.add(text);
}
console.log(`had ${had.size} different ones`);
