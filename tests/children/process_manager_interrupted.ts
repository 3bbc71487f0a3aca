/** A program that gets Ctrl-C, with all its process group, and goes on with its manager. */
import { Manager } from "../../mod.ts";

const interrupted = new Promise<void>((resolve) => Deno.addSignalListener("SIGINT", resolve));
await using manager = await Manager.start();
const map = await manager.map<string, number>("m");
await map.set("a", 1);
// The server is the only child; of the group a terminal would signal both.
const children = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/children`).trim().split(" ").map(Number);
for (const pid of [...children, Deno.pid]) Deno.kill(pid, "SIGINT");
await interrupted;
console.log("interrupted");
console.log(`still there: ${await map.get("a")}`);
