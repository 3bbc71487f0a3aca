/** Waits until an event is set: `waits_for_event.ts TOKEN sync|async`. */

import { SharedEvent } from "../../mod.ts";

using event = SharedEvent.from(JSON.parse(Deno.args[0]!));
console.log("waiting");
if (Deno.args[1] === "sync") event.waitSync();
else await event.wait();
