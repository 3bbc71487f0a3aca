/**
 * Has messages of some sizes echoed by `HOST` (message_server.ts, or Python's), over so many connections at once:
 * `HOST KEY CONNECTIONS SIZE...`. It says `N echoes`, or `refused: ERROR` when it does not know the key.
 *
 * With LEGACY set it speaks the handshake of Python up to 3.11, too. With HOLD set its connections stay open until
 * SIGTERM.
 *
 * Needs: --allow-net --allow-env=LEGACY,HOLD
 *
 * @module
 */
import { Connection, untilSignal } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [host = "", key = "-", connections = "1", ...sizes] = Deno.args;
using open = new DisposableStack();

function pattern(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < Math.min(size, 65521); i++) bytes[i] = (i * 7 + seed) % 256;
  for (let at = 65521; at < size; at *= 2) bytes.copyWithin(at, 0, Math.min(at, size - at));
  return bytes;
}

/** One client: each message must come back as it was. */
async function exchange(seed: number): Promise<number> {
  const server = open.use(
    await Connection.connect(`tcp://${host}:5000`, {
      codec: "bytes",
      retry: true,
      timeout: 20_000,
      handshakeTimeout: 20_000,
      ...key !== "-" && { authKey: key, allowLegacyAuth: Deno.env.has("LEGACY") },
    }),
  );
  let echoes = 0;
  for (const size of sizes.map(Number)) {
    const sent = pattern(size, seed);
    const leaving = server.send(sent);
    const got = await server.recv({ timeout: 30_000 });
    await leaving;
    if (got.length !== size || got.some((byte, i) => byte !== sent[i])) {
      throw new Error(`${size} bytes came back wrong`);
    }
    echoes++;
  }
  return echoes;
}

try {
  message(host, `${connections} connections, messages of ${sizes.join(", ")} bytes`);
  const echoes = await Promise.all(Array.from({ length: Number(connections) }, (_, i) => exchange(i)));
  const held = Deno.env.has("HOLD") ? untilSignal("SIGTERM") : undefined;
  console.log(`${echoes.reduce((sum, count) => sum + count, 0)} echoes`);
  await held;
} catch (error) {
  if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  console.log(`refused: ${error.message}`);
}
