/**
 * Receives more descriptors than it has room for, as its limit is low (ulimit -n): prints what comes of it, and how
 * many descriptors it left open.
 */

import { connect, receiveDescriptors } from "../../mod.ts";

const stream = await connect(`unix:${Deno.args[0]}`);
const room = 20;
const limit = Number(Deno.args[1]);
while (countDescriptors() < limit - room) Deno.openSync("/dev/null");
const before = countDescriptors();
try {
  using _ = await receiveDescriptors(stream);
  console.log(JSON.stringify({ name: "none" }));
} catch (error) {
  const { name, message } = error as Error;
  console.log(JSON.stringify({ name, message, left: countDescriptors() - before }));
}
Deno.exit();

/** A test's support is not imported here, as its import map may be missing. */
function countDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
