/**
 * Asks many questions in a conversation over two fifos: `PATH COUNT`. It says `no server yet` when it has to wait for
 * the fifos, and in the end how many answers it had.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { DuplexFifo } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [path = "", count = "0"] = Deno.args;
const questions = Array.from({ length: Number(count) }, (_, i) => `question ${i} ${"?".repeat(i % 300)}`);

async function connected(): Promise<DuplexFifo> {
  for (let tries = 0;; tries++) {
    try {
      return await DuplexFifo.connect(path, { timeout: 15_000 });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      if (tries === 0) console.log("no server yet");
      await delay(10);
    }
  }
}

await using server = await connected();
message("server", `${questions.length} questions`);

const ask = async () => {
  for (const question of questions) await server.write(`${question}\n`);
  server.writer.close(); // The server sees the end, and answers to it.
};
const listen = async () => {
  let answers = 0;
  for await (const answer of server.lines({ timeout: 15_000 })) {
    if (answer !== `answer to ${questions[answers]}`) {
      throw new Error(`Answer ${answers} is ${Deno.inspect(answer)}`);
    }
    answers++;
  }
  return answers;
};
const [answers] = await Promise.all([listen(), ask()]);
console.log(`had ${answers} answers, and then the end`);
