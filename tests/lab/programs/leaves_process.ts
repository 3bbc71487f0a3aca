/**
 * Ends, and leaves a process running.
 *
 * Needs: --allow-run
 *
 * @module
 */
const options = { stdin: "null", stdout: "null", stderr: "null" } as const;
const child = new Deno.Command("sleep", { args: ["600"], ...options }).spawn();
console.log(`left ${child.pid}`);
Deno.exit();
