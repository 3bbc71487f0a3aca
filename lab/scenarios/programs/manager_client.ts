/**
 * A client of manager_server.ts: `NAME DEAD_AFTER`. It asks for the lock, and holds it; all the while it counts, one call
 * after the other. It says `asks for the lock` once the server knows, and `has the lock at TIME`; at SIGTERM how far it
 * has counted; and how it is cut off.
 *
 * Needs: --allow-net --allow-ffi
 *
 * @module
 */
import { abortOnSignal, Manager } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [name = "", deadAfter] = Deno.args;
using stop = abortOnSignal("SIGTERM");
const manager = await Manager.connect("tcp://server:5000", { authKey: "lab", deadAfter: Number(deadAfter) });
const [lock, counts] = await Promise.all([manager.lock("lock"), manager.map<string, number>("counts")]);

message("server", `${name} asks for the lock`);
lock.acquire().then(() => console.log(`has the lock at ${Date.now()}`), () => {});
await counts.add(name, 1); // Calls begin in their order: the server has heard of both.
console.log("asks for the lock");

let [count, longest] = [1, 0];
try {
  while (!stop.aborted) {
    const before = performance.now();
    count = await counts.add(name, 1);
    longest = Math.max(longest, performance.now() - before);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.log(`counted to ${count}, with pauses of at most ${Math.ceil(longest)} ms`);
} catch (error) {
  const { name, code } = error as Error & { code?: string };
  console.log(`cut off: ${name} ${code}`);
}
await manager[Symbol.asyncDispose]();
