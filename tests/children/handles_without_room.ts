/**
 * Receives messages with more handles than it has room for, as its limit is low (ulimit -n): prints what comes of it,
 * and how many descriptors it left open.
 */

import { Connection } from "../../mod.ts";

const connection = await Connection.connect(`unix:${Deno.args[0]}`, { codec: "text", handles: true });
const room = 20;
const limit = Number(Deno.args[1]);
while (countDescriptors() < limit - room) Deno.openSync("/dev/null");
const before = countDescriptors();
const error = await connection.recvWithHandles().then(() => ({}), ({ code, name }) => [code, name]);
const left = countDescriptors() - before;
const [two, three] = [await connection.recv(), await connection.recv()];
using message = await connection.recvWithHandles();
const four = [message.value, message.handles.length];
console.log(JSON.stringify({ error, left, two, three, four }));
Deno.exit();

/** A test's support is not imported here, as its import map may be missing. */
function countDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
