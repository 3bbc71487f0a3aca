/** Waits at a barrier of four, and prints how often it got which index: `barrier_turns.ts TOKEN sync|async TURNS`. */

import { Barrier } from "../../mod.ts";

const [token, form, turns] = Deno.args as [string, string, string];
using barrier = Barrier.from(JSON.parse(token));
const counts = [0, 0, 0, 0];
for (let i = 0; i < Number(turns); i++) {
  counts[form === "sync" ? barrier.waitSync() : await barrier.wait()]!++;
}
console.log(JSON.stringify(counts));
