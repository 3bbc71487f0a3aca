/** Starts children of every kind without end, and is killed while it does: `FOLDER`. */
import { Manager, Pool, Process } from "../../mod.ts";

const WORK = import.meta.resolve("./process_work.ts");
const [folder] = Deno.args;
console.log("starts");
for (let n = 0; n < 8; n++) {
  const permissions = n % 4 === 3 ? "none" : "inherit";
  new Process(WORK, {
    entry: n % 2 === 0 ? "family" : "spin",
    args: [true],
    daemon: n % 3 === 0,
    permissions,
  }).start();
  void Manager.start({ address: n % 2 === 0 ? `unix:${folder}/${n}` : undefined });
  const pool = new Pool(WORK, { size: 1 });
  void pool.apply("spin");
  await new Promise((resolve) => setTimeout(resolve, 10));
}
