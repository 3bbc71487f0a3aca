/**
 * A client of echo_sockets_server.ts: it sends its NAME, and then many messages, text, bytes and objects in
 * turn, without waiting for an answer before the next; each answer is compared with what was sent.
 *
 *     deno run -A lab/programs/echo_sockets_client.ts [--port PORT] [--rounds COUNT] NAME
 *
 * One sees `client1 got "server got: [client1]"`, and how many answers more; each round, of 100 unless
 * told, is three. Started before the server, it tries again for 5 s.
 *
 * Needs: --allow-net
 *
 * @module
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { Connection } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

/** A client's whole conversation. */
export async function converse(
  name: string,
  { port, rounds, signal }: { port: number; rounds: number; signal?: AbortSignal },
): Promise<void> {
  await using server = await Connection.connect(`tcp://127.0.0.1:${port}`, {
    retry: true,
    timeout: 5_000,
    signal,
  });
  await server.send(name, { signal });
  console.log(`${name} got "${await server.recv({ signal })}"`);

  const messages = Array.from({ length: rounds }, (_, round) => [
    `${name}, round ${round}`,
    new Uint8Array(round % 1000).fill(round),
    { name, round: BigInt(round), at: new Date(), tags: new Map([["even", round % 2 === 0]]) },
  ]).flat();
  const send = async () => {
    for (const message of messages) await server.send(message, { signal });
  };
  const receive = async () => {
    for (const message of messages) {
      const answer = await server.recv({ signal });
      const expected = typeof message === "string" ? `server got: [${message}]` : message;
      if (isDeepStrictEqual(answer, expected)) continue;
      throw new Deno.errors.InvalidData(`Expected ${Deno.inspect(expected)}, got ${Deno.inspect(answer)}`);
    }
  };
  await Promise.all([send(), receive()]);
  console.log(`${name} got ${messages.length} answers more`);
}

if (import.meta.main) {
  const { values, positionals: [name] } = parseArgs({
    options: { port: { type: "string", default: "50008" }, rounds: { type: "string", default: "100" } },
    allowPositionals: true,
  });
  if (name === undefined) throw new TypeError("Missing argument: the name to send");
  const [port, rounds] = [Number(values.port), Number(values.rounds)];
  await interruptible((signal) => converse(name, { port, rounds, signal }));
}
