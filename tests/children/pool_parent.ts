/** Starts a pool, tells its workers' process ids, and has them busy until it is ended. */
import { Pool } from "../../mod.ts";
import type * as Work from "./pool_work.ts";

const pool = new Pool<typeof Work>(new URL("./pool_work.ts", import.meta.url), { size: 3 });
await pool.map("sleep", [300, 300, 300], { chunkSize: 1 });
console.log(JSON.stringify(await Promise.all([1, 2, 3].map(() => pool.apply("pid")))));
const busy = [
  pool.apply("spin"),
  pool.apply("never"),
  pool.map("square", Array(100_000).fill(3), { chunkSize: 1 }),
];
addEventListener("unhandledrejection", (event) => event.preventDefault());
const how = Deno.args[0];
if (how === "exit") setTimeout(() => Deno.exit(3), 50);
if (how === "throw") {
  setTimeout(() => {
    throw new Error("on purpose");
  }, 50);
}
await Promise.all(busy);
