import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect, Connection, Listener } from "../../mod.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { tempDir } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

/** A test at a Unix socket and at a TCP port. */
function test(name: string, body: (address: string) => Promise<void>): void {
  for (const kind of ["unix", "tcp"]) {
    Deno.test(`${name} (${kind})`, () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          using dir = tempDir();
          await body(kind === "unix" ? `unix:${dir.join("socket")}` : "tcp://127.0.0.1:0");
        })
      ));
  }
}

test("for await serves each client, until the listener is closed", async (address) => {
  const listener = new Listener(address, { codec: "text" });
  const served: Promise<void>[] = [];
  const serving = (async () => {
    for await (const client of listener) {
      served.push((async () => {
        for await (const text of client) await client.send(`${text}!`);
        client.close();
      })());
    }
  })();
  const at = await listener.ready;
  assertEquals(listener.address, at);
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    await using client = await Connection.connect(at, { codec: "text" });
    for (let k = 0; k < 10; k++) {
      await client.send(`${i} ${k}`);
      assertEquals(await client.recv(), `${i} ${k}!`);
    }
  }));
  listener.close();
  listener.close();
  await serving;
  await Promise.all(served);
  assertEquals([served.length, listener.closed], [20, true]);
});

test("silent and hostile clients delay no other, and are reported", async (address) => {
  const rejected: string[] = [];
  await using listener = new Listener(address, {
    authKey: "secret",
    handshakeTimeout: 3000,
    onRejected: (error, from) => rejected.push(`${error.constructor.name} ${from.transport}`),
  });
  const at = await listener.ready;
  const silent = await Promise.all(Array.from({ length: 30 }, () => connect(at)));
  const garbage = await connect(at);
  await garbage.write("GET / HTTP/1.1\r\n\r\n");
  const started = performance.now();
  await using client = await Connection.connect(at, { authKey: "secret" });
  await using server = await listener.accept();
  const took = performance.now() - started;
  assert(took < 3000, `It took ${took} ms`);
  await client.send("not delayed");
  assertEquals(await server.recv(), "not delayed");
  await until("all of them to be sent away", () => rejected.length === 31);
  const transport = at.slice(0, at.indexOf(":"));
  assertEquals(
    rejected.sort(),
    [`InvalidData ${transport}`, ...Array(30).fill(`TimedOut ${transport}`)].sort(),
  );
  await Promise.all([...silent, garbage].map((stream) => stream[Symbol.asyncDispose]()));
});

test("a client with a wrong key is told, and is not accepted", async (address) => {
  const rejected: Error[] = [];
  await using listener = new Listener(address, {
    authKey: "right",
    onRejected: (error) => rejected.push(error),
  });
  const at = await listener.ready;
  const error = await assertFails(() => Connection.connect(at, { authKey: "wrong" }), {
    type: Deno.errors.PermissionDenied,
    code: "EACCES",
  });
  assertStringIncludes(
    error.message,
    `Cannot authenticate with ${at}: it refuses our answer: the keys differ`,
  );
  await until("the listener to have noticed", () => rejected.length === 1);
  assertStringIncludes(rejected[0]!.message, "its answer is wrong");
  await assertRejects(() => listener.accept({ timeout: 20 }), Deno.errors.TimedOut);
});

test("a client with a key waits in vain for a listener without one", async (address) => {
  await using listener = new Listener(address);
  const at = await listener.ready;
  const options = { authKey: "secret", handshakeTimeout: 50 };
  await assertRejects(
    () => Connection.connect(at, options),
    Deno.errors.TimedOut,
    "the handshake was not done within 50 ms",
  );
  (await listener.accept()).close();
});

test("accept() times out, is aborted, and nobody is lost", async (address) => {
  await using listener = new Listener(address);
  const at = await listener.ready;
  await assertFails(() => listener.accept({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const controller = new AbortController();
  const accepting = listener.accept({ signal: controller.signal });
  controller.abort("enough");
  assertEquals(await errorOf(() => accepting), "enough");
  await using client = await Connection.connect(at);
  await client.send("here");
  await using server = await listener.accept();
  assertEquals(await server.recv(), "here");
});

test("accept() after close(), and during it, is BadResource", async (address) => {
  const listener = new Listener(address);
  await listener.ready;
  const accepting = listener.accept();
  accepting.catch(() => {});
  assertEquals(await stillWaits(accepting, 5), true);
  listener.close();
  await assertFails(() => accepting, { type: Deno.errors.BadResource, code: "EBADF" });
  await assertFails(() => listener.accept(), { type: Deno.errors.BadResource, code: "EBADF" });
});

test("close() sends away who is in a handshake, and who was not accepted", async (address) => {
  const listener = new Listener(address, { authKey: "secret" });
  const at = await listener.ready;
  await using waiting = await Connection.connect(at, { authKey: "secret" });
  await using silent = await connect(at);
  await silent.read(new Uint8Array(1));
  listener.close();
  const leave = [Deno.errors.UnexpectedEof, Deno.errors.ConnectionReset];
  const error = await errorOf(() => waiting.recv());
  assert(leave.some((type) => error instanceof type), `${error}`);
  const p = new Uint8Array(100);
  const end = async () => {
    while (await silent.read(p) !== null);
    return null;
  };
  const last = await end().catch((error) => error);
  assert(last === null || last instanceof Deno.errors.ConnectionReset, `${last}`);
});

test("a listener that is closed before it listens leaves nothing", async (address) => {
  const listener = new Listener(address);
  listener.close();
  await listener.ready;
  await assertRejects(() => Connection.connect(address.replace(":0", ":1"), { timeout: 100 }));
  await listener[Symbol.asyncDispose]();
});

test("an address in use is an error of ready, of accept() and of the loop", async (address) => {
  await using first = new Listener(address);
  const at = await first.ready;
  const second = new Listener(at);
  await assertRejects(() => second.ready, Deno.errors.AddrInUse);
  await assertRejects(() => second.accept(), Deno.errors.AddrInUse);
  await assertRejects(async () => {
    for await (const _ of second);
  }, Deno.errors.AddrInUse);
  second.close();
});

Deno.test("a socket file goes with its listener, and has mode 0600", async () => {
  using dir = tempDir();
  const path = dir.join("socket");
  const listener = new Listener(`unix:${path}`);
  await listener.ready;
  assertEquals((Deno.statSync(path).mode! & 0o777).toString(8), "600");
  listener.close();
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("a malformed address, codec or option is a TypeError at once", async () => {
  const wrong = "carrier-pigeon" as never;
  for (
    const make of [() => new Listener("nowhere"), () => new Listener("tcp://127.0.0.1:0", { codec: wrong })]
  ) {
    await assertFails(make, { type: TypeError });
  }
  await assertFails(() => Connection.connect("nowhere"), { type: TypeError });
  await assertFails(() => Connection.connect("tcp://127.0.0.1:1", { codec: wrong }), { type: TypeError });
});

Deno.test("connect() to nobody is ConnectionRefused or NotFound; with retry it waits for the listener", async () => {
  using dir = tempDir();
  const address = `unix:${dir.join("socket")}`;
  const path = dir.join("socket");
  await assertFails(() => Connection.connect(address), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "connect",
    path,
  });
  const connecting = Connection.connect(address, { retry: true, timeout: PATIENCE_MS });
  assertEquals(await stillWaits(connecting), true);
  await using listener = new Listener(address);
  await using client = await connecting;
  await client.send("at last");
  await using server = await listener.accept();
  assertEquals(await server.recv(), "at last");
});

/** Ways to leave during a handshake; the runtime's sockets are closed at once, with bytes unread or not. */
const LEAVING = {
  "at once": (stream: Deno.Conn) => stream.close(),
  async "with the answer unread"(stream: Deno.Conn) {
    const challenge = new TextEncoder().encode(`#CHALLENGE#{sha256}${"0".repeat(40)}`);
    await stream.write(new Uint8Array([0, 0, 0, challenge.length, ...challenge]));
    await stream.read(new Uint8Array(1));
    stream.close();
  },
};

for (const [how, leave] of Object.entries(LEAVING)) {
  test(`connect() with retry tries again when the listener leaves ${how}`, async (where) => {
    const path = where.replace(/^unix:/, "");
    const leaving = path === where
      ? Deno.listen({ hostname: "127.0.0.1", port: 0 })
      : Deno.listen({ transport: "unix", path });
    const address = path === where ? `tcp://127.0.0.1:${(leaving.addr as Deno.NetAddr).port}` : where;
    let left = 0;
    const serving = (async () => {
      for await (const stream of leaving) {
        await leave(stream);
        left++;
      }
    })();
    const connected = (options: { retry?: boolean; timeout?: number }) =>
      Connection.connect(address, { authKey: "secret", ...options });
    // Over TCP the runtime says farewell before the rest is refused.
    const expected = how === "at once" || path === where ? "it closed the connection" : "ECONNRESET";
    assertStringIncludes(`${await errorOf(() => connected({}))}`, expected);
    const late = await assertRejects(() => connected({ retry: true, timeout: 100 }), Deno.errors.TimedOut);
    assertStringIncludes(`${late.cause}`, expected);
    const before = left;
    const connecting = connected({ retry: true, timeout: PATIENCE_MS });
    await until("it to be sent away", () => left > before);
    leaving.close();
    await serving;
    await using listener = new Listener(address, { authKey: "secret" });
    await using client = await connecting;
    await using server = await listener.accept();
    await client.send("at last");
    assertEquals(await server.recv(), "at last");
  });
}

Deno.test("an aborted connect() ends in the handshake, too", async () => {
  await using listener = new Listener("tcp://127.0.0.1:0");
  const controller = new AbortController();
  const connecting = Connection.connect(await listener.ready, {
    authKey: "secret",
    signal: controller.signal,
  });
  const server = await listener.accept();
  controller.abort("enough");
  assertEquals(await errorOf(() => connecting), "enough");
  await assertFails(() => server.recv(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
  server.close();
});
