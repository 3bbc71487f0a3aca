/** Prints what a function finds in a process with the permissions of the argument, or why there is none. */
import { Process } from "../../mod.ts";

const [permissions, entry, path, revoke] = Deno.args;
if (revoke !== undefined) Deno.permissions.revokeSync({ name: "read", path: "/etc" });
try {
  const process = new Process(import.meta.resolve("./process_work.ts"), {
    entry: entry!,
    args: [path],
    permissions: JSON.parse(permissions!),
  });
  process.start();
  console.log(JSON.stringify(await process.result));
} catch (error) {
  console.log(JSON.stringify(`${error}`));
}
