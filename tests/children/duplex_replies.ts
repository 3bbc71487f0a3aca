/** Replies to each request with its bytes in reverse, but to "hang": `duplex_replies.ts NAME sync|async`. */

import { DuplexChannel } from "../../mod.ts";

const [name, way] = Deno.args as [string, string];
using channel = DuplexChannel.open(name);
console.log("ready");

function reply(request: Uint8Array): Uint8Array {
  if (new TextDecoder().decode(request) === "hang") { for (;;); }
  return request.slice().reverse();
}

if (way === "sync") channel.serveSync(reply);
else await channel.serve(reply);
