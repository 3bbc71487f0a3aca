/**
 * Prints its process id and that of a child, and then neither ends, not even when asked to.
 *
 * Needs: --allow-run
 *
 * @module
 */
Deno.addSignalListener("SIGTERM", () => console.log("no"));
const child = new Deno.Command("sleep", { args: ["600"] }).spawn();
console.log(`${Deno.pid} ${child.pid}`);
setInterval(() => {}, 1000);
