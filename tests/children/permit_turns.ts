/** Takes and gives back permits: `permit_turns.ts TOKEN PERMITS TURNS [MILLISECONDS]`, so long each. */

import { Semaphore } from "../../mod.ts";

const [token, permits, turns, milliseconds = "0"] = Deno.args as [string, string, string, string?];
using semaphore = Semaphore.from(JSON.parse(token));
for (let i = 0; i < Number(turns); i++) {
  const permit = semaphore.acquireSync();
  if (semaphore.value < 0 || semaphore.value >= Number(permits)) {
    throw new Error(`${semaphore.value} are free`);
  }
  const end = performance.now() + Number(milliseconds);
  while (performance.now() < end);
  permit.release();
  if (i === 0 && milliseconds !== "0") console.log("began");
}
console.log(`${turns} turns`);
