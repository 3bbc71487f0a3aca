/** Serves the connections that its parent passes to it: one line each. */

import { connect, receiveDescriptors } from "../../mod.ts";

const parent = await connect(`unix:${Deno.args[0]}`);
for (;;) {
  using received = await receiveDescriptors(parent);
  if (received === null) break;
  using client = received.descriptors[0]!.socket();
  const { value } = await client.lines().next();
  await client.write(`worker got: ${value}\n`);
}
parent.close();
