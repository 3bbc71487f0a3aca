/** Starts a child as its argument says, prints its process id, and how it ended unless it was unref'ed. */
import { spawn } from "../../mod.ts";

const { command, unref = [], options } = JSON.parse(Deno.args[0]!);
const child = spawn(command, options);
for (const call of unref) child[call as "ref" | "unref"]();
console.log(`pid ${child.pid}`);
child.status.then(({ code, signal }) => console.log(`ended ${code} ${signal}`));
