/**
 * A client of tcp_echo_server.ts: `HOST NAME COUNT`. It sends COUNT lines without waiting for the echo of one
 * before the next, checks that each comes back once and in order, and says `NAME had COUNT echoes`. Before that it says
 * `no server yet` when it has to wait for it.
 *
 * Needs: --allow-net
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { connect, type SocketStream } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [host = "", name = "", count = "0"] = Deno.args;
const lines = Array.from({ length: Number(count) }, (_, i) => `${name} ${i} ${"x".repeat(i % 100)}`);

/** How often it asks for a name that is not known before there is a container of that name. */
const TRIES = 200;

async function reached(): Promise<SocketStream> {
  for (let tries = 0;; tries++) {
    try {
      return await connect(`tcp://${host}:5000`, { retry: true, timeout: 10_000 });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || tries === TRIES) throw error;
      if (tries === 0) console.log("no server yet");
      await delay(50);
    }
  }
}

using server = await reached();
message(host, `${lines.length} lines, "${lines[0]}" the first`);

const send = async () => {
  for (const line of lines) await server.write(new TextEncoder().encode(`${line}\n`));
  await server.closeWrite();
};
const receive = async () => {
  const echoes: string[] = [];
  for await (const line of server.lines()) echoes.push(line);
  return echoes;
};
const [echoes] = await Promise.all([receive(), send()]);
const wrong = lines.findIndex((line, i) => line !== echoes[i]);
if (wrong >= 0 || echoes.length !== lines.length) {
  throw new Error(`Sent ${lines.length} lines, got ${echoes.length}; line ${wrong} is "${echoes[wrong]}"`);
}
console.log(`${name} had ${echoes.length} echoes`);
