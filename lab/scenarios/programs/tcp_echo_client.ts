/**
 * A client of tcp_echo_server.ts: `HOST NAME COUNT`. It sends COUNT lines without waiting for the echo of one
 * before the next, checks that each comes back once and in order, and says `NAME had COUNT echoes`. Before that it says
 * `no server yet` when it has to wait for it.
 *
 * Needs: --allow-net
 *
 * @module
 */
import { connect, type SocketStream } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [host = "", name = "", count = "0"] = Deno.args;
const lines = Array.from({ length: Number(count) }, (_, i) => `${name} ${i} ${"x".repeat(i % 100)}`);

async function reached(): Promise<SocketStream> {
  const address = `tcp://${host}:5000`;
  try {
    return await connect(address);
  } catch (error) {
    // There is no container of that name yet.
    if (error instanceof Deno.errors.NotFound) console.log("no server yet");
    return await connect(address, { retry: true, timeout: 20_000 });
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
