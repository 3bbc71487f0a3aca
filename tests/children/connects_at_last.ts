/**
 * Connects to an address that cannot be reached yet: `connects_at_last.ts ADDRESS [COMMAND]`. Prints why not, then
 * "waits"; the shell's COMMAND makes it reachable, or somebody else. Prints "connected".
 */

import { connect, listen } from "../../mod.ts";

const [address, command] = Deno.args as [string, string | undefined];
// In a network of its own it is the one that listens, too.
await using _listener = command === undefined
  ? undefined
  : await listen(address.replace(/\/\/.*:/, "//0.0.0.0:"));
try {
  (await connect(address, { timeout: 30_000 })).close();
  console.log("connected at once");
} catch (error) {
  console.log((error as { code?: string }).code);
}
const connecting = connect(address, { retry: true, timeout: 30_000 });
connecting.catch(() => {}); // It is awaited below.
console.log("waits");
if (command !== undefined) {
  const { success } = await new Deno.Command("sh", { args: ["-ec", command], stdin: "null" }).output();
  if (!success) console.log("the command failed");
}
try {
  (await connecting).close();
  console.log("connected");
} catch (error) {
  console.log(`${error}`);
}
