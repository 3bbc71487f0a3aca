/** Stops in the middle of a change of a semaphore's permits, to be killed there: `dies_in_semaphore.ts TOKEN`. */

import { Mutex } from "../../lib/sync/mutex.ts";
import { Semaphore } from "../../mod.ts";

const semaphore = Semaphore.from(JSON.parse(Deno.args[0]!));
const mutex = new Mutex(semaphore.memory, 64, semaphore.doorbell);
mutex.lockSync(Infinity);
new Int32Array(semaphore.memory.buffer)[20] = 7; // The free permits.
console.log("in the middle");
await new Promise((resolve) => setTimeout(resolve, 600_000));
