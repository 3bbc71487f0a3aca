// This library's connection. Variant: unix | tcp, then bytes | structured | into, then "awaited" or nothing.
import { Connection, Listener } from "../../../mod.ts";
import { COUNT, PATH, play, PORT, SIZE, VARIANT, WARMUP } from "./message_side.ts";
import { SMALL_OBJECT } from "./small_object.mjs";
import { done, listening, ready } from "./stdio.ts";

const [transport, kind, awaited] = VARIANT;
const address = transport === "tcp" ? `tcp://127.0.0.1:${PORT}` : `unix:${PATH}`;
const codec = kind === "structured" ? "structured" : "bytes";
const message: unknown = kind === "structured" ? SMALL_OBJECT : new Uint8Array(SIZE);
/** So many bytes are under way before the sender waits for the kernel. */
const IN_FLIGHT = 64 * 1024;

async function accepted(): Promise<Connection> {
  const listener = new Listener(address, { codec });
  await listener.ready;
  listening();
  const connection: Connection = await listener.accept();
  listener.close();
  return connection;
}

async function ping(connection: Connection, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await connection.send(message);
    await connection.recv();
  }
}

async function pong(connection: Connection, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await connection.send(await connection.recv());
}

async function send(connection: Connection, times: number): Promise<void> {
  const together = awaited === undefined ? Math.ceil(IN_FLIGHT / SIZE) : 1;
  for (let i = 1; i <= times; i++) {
    const sent = connection.send(message);
    if (i % together === 0 || i === times) await sent;
  }
  await connection.recvBytes();
}

async function receive(connection: Connection, times: number): Promise<void> {
  let left = times;
  if (kind === "into") {
    for (const buffer = new Uint8Array(SIZE); left > 0; left--) await connection.recvBytesInto(buffer);
  } else {
    for await (const _ of connection) if (--left === 0) break;
  }
  await connection.sendBytes(new Uint8Array(1));
}

async function active(act: (connection: Connection, times: number) => Promise<void>): Promise<void> {
  using connection: Connection = await Connection.connect(address, { codec });
  await act(connection, WARMUP);
  await ready();
  const start = performance.now();
  await act(connection, COUNT);
  done({ seconds: (performance.now() - start) / 1000 });
}

async function passive(act: (connection: Connection, times: number) => Promise<void>): Promise<void> {
  using connection = await accepted();
  await act(connection, WARMUP);
  await ready();
  await act(connection, COUNT);
  done();
}

await play({
  ping: () => active(ping),
  pong: () => passive(pong),
  send: () => active(send),
  receive: () => passive(receive),
});
