/** Connects to a path, possibly as another user, and answers a line with the credentials of the other side. */

import process from "node:process";
import { connect, peerCredentials } from "../../mod.ts";

const [path, uid] = Deno.args;
if (uid !== undefined) {
  process.setgid!(Number(uid));
  process.setuid!(Number(uid));
}
try {
  await using stream = await connect(`unix:${path}`);
  for await (const _ of stream.lines()) await stream.write(JSON.stringify(peerCredentials(stream)) + "\n");
} catch (error) {
  const { code, name } = error as Error & { code?: string };
  console.log(code, name);
}
