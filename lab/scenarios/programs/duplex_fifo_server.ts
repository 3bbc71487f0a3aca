/**
 * Answers each line in a conversation over two fifos: `PATH`. At the end it says how many there were, and what is in
 * PATH's folder during the conversation and after it.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import { DuplexFifo } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [path = ""] = Deno.args;
const folder = path.replace(/[^/]*$/, "");
const content = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort().join(", ") || "nothing";

const client = await DuplexFifo.listen(path, { timeout: 15_000 });
let questions = 0;
for await (const question of client.lines({ timeout: 15_000 })) {
  if (questions++ === 0) message("client", `answer to "${question}"`);
  await client.write(`answer to ${question}\n`);
}
const during = content();
client.close();
console.log(`end after ${questions} questions`);
console.log(`in the volume during the conversation: ${during}`);
console.log(`in the volume after it: ${content()}`);
