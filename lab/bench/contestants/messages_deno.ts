// Plain Deno: bytes over Deno.connect, without frames. Variant: unix | tcp.
import { COUNT, PATH, play, PORT, SIZE, VARIANT, WARMUP } from "./message_side.ts";
import { done, listening, ready } from "./stdio.ts";

const unix = VARIANT[0] === "unix";
const message = new Uint8Array(SIZE);
const buffer = new Uint8Array(SIZE);

async function accepted(): Promise<Deno.Conn> {
  using listener = unix
    ? Deno.listen({ transport: "unix", path: PATH })
    : Deno.listen({ hostname: "127.0.0.1", port: PORT });
  listening();
  return await listener.accept();
}

async function connected(): Promise<Deno.Conn> {
  if (unix) return await Deno.connect({ transport: "unix", path: PATH });
  return await Deno.connect({ hostname: "127.0.0.1", port: PORT });
}

async function readAll(conn: Deno.Conn): Promise<void> {
  for (let got = 0; got < SIZE;) {
    const count = await conn.read(got === 0 ? buffer : buffer.subarray(got));
    if (count === null) throw new Error("Unexpected end of file");
    got += count;
  }
}

async function writeAll(conn: Deno.Conn): Promise<void> {
  for (let put = 0; put < SIZE;) put += await conn.write(put === 0 ? message : message.subarray(put));
}

async function ping(conn: Deno.Conn, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await writeAll(conn);
    await readAll(conn);
  }
}

async function pong(conn: Deno.Conn, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await readAll(conn);
    await writeAll(conn);
  }
}

await play({
  async ping() {
    using conn = await connected();
    await ping(conn, WARMUP);
    await ready();
    const start = performance.now();
    await ping(conn, COUNT);
    done({ seconds: (performance.now() - start) / 1000 });
  },
  async pong() {
    using conn = await accepted();
    await pong(conn, WARMUP);
    await ready();
    await pong(conn, COUNT);
    done();
  },
});
