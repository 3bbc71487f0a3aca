/**
 * Hands three descriptors over, `SOCKET ECHO`: the write end of a pipe, a file, and a connection to the echo server
 * in the container ECHO; and closes its own. Then it says what came out of the pipe.
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import { connect, pipe, sendDescriptors } from "../../../mod.ts";
import { closesAll } from "./parts/closes_all.ts";
import { message } from "./parts/message.ts";

const [path = "", echo = ""] = Deno.args;
const secret = Deno.makeTempFileSync();
Deno.writeTextFileSync(secret, `a secret of ${Deno.hostname()}`);

await closesAll(async () => {
  await using taker = await connect(`unix:${path}`, { retry: true, timeout: 15_000 });
  const { reader, writer } = pipe();
  using _ = reader;
  const file = openSync(secret, "r");
  const server = await connect(`tcp://${echo}:5000`, { retry: true, timeout: 15_000 });
  await sendDescriptors(taker, new TextEncoder().encode("three gifts"), [writer, file, server]);
  message("taker", "a pipe, a file and a connection");
  writer.close(); // The taker's is the last now: the pipe ends when that one is closed.
  closeSync(file);
  server.close(); // The taker has it: for this process only.
  const text = await reader.text({ timeout: 15_000 });
  console.log(`the taker wrote "${text}", and the pipe ended`);
});
console.log("descriptors as before");
