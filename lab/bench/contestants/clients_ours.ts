// Many clients of one listener, as Connection. Roles serve and call; COUNT round trips of each of WARMUP clients.
import { Connection, Listener } from "../../../mod.ts";
import { COUNT, PATH, play, PORT, SIZE, VARIANT, WARMUP as CLIENTS } from "./message_side.ts";
import { done, listening, ready } from "./stdio.ts";

const address = VARIANT[0] === "tcp" ? `tcp://127.0.0.1:${PORT}` : `unix:${PATH}`;
const codec = "bytes";
const message = new Uint8Array(SIZE);

async function echo(client: Connection<Uint8Array>): Promise<void> {
  for await (const received of client) await client.send(received);
  client.close();
}

/** The first round trip tells that the other side has accepted. */
async function join(): Promise<Connection<Uint8Array>> {
  const connection: Connection<Uint8Array> = await Connection.connect(address, { codec });
  await call(connection, 1);
  return connection;
}

async function call(connection: Connection<Uint8Array>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await connection.send(message);
    const { length } = await connection.recv();
    if (length !== SIZE) throw new Error(`An answer of ${length} B to ${SIZE} B`);
  }
}

await play({
  async serve() {
    const listener = new Listener(address, { codec });
    await listener.ready;
    listening();
    const echoes: Promise<void>[] = [];
    const serving = (async () => {
      for await (const client of listener) echoes.push(echo(client));
    })();
    await ready(); // An error of an echo ends the process: its promise is nobody's until the end.
    listener.close();
    await serving;
    await Promise.all(echoes);
    done({ clients: echoes.length });
  },
  async call() {
    const begin = performance.now();
    const connections = await Promise.all(Array.from({ length: CLIENTS }, join));
    const joined = performance.now();
    await ready();
    const start = performance.now();
    await Promise.all(connections.map((connection) => call(connection, COUNT)));
    const seconds = (performance.now() - start) / 1000;
    for (const connection of connections) connection.close();
    done({ seconds, joining: (joined - begin) / 1000 });
  },
});
