/** Serves the listeners that it was started with: each line comes back with the listener's name. Ends with its stdin. */

import { inheritedListeners, type SocketStream } from "../../mod.ts";

function taken() {
  try {
    return inheritedListeners();
  } catch (error) {
    console.log(`${(error as Error).name} ${(error as Error).message}`);
    return [];
  }
}

for (const { name, listener } of taken()) {
  console.log(`${name} ${listener.address}`);
  serve(name, listener);
}
console.log("serving");
for await (const _ of Deno.stdin.readable) taken();
Deno.exit();

async function serve(name: string, listener: AsyncIterable<SocketStream>): Promise<void> {
  for await (const client of listener) {
    for await (const line of client.lines()) await client.write(`${name}: ${line}\n`);
    client.close();
  }
}
