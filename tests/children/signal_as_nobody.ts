/** As a user who may do nothing: whether a process is alive, and what comes of a signal to it. */

import process from "node:process";
import { isAlive, sendSignal } from "../../mod.ts";

const pid = Number(Deno.args[0]);
process.setgid!(65534);
process.setuid!(65534);
try {
  const alive = isAlive(pid);
  sendSignal(pid, "SIGURG");
  console.log(JSON.stringify({ alive }));
} catch (error) {
  const { name, code } = error as Error & { code?: string };
  console.log(JSON.stringify({ alive: isAlive(pid), name, code }));
}
