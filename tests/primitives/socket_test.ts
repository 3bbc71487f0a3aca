import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { connect, listen, type SocketAddress, type SocketListener, type SocketStream } from "../../mod.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipIf } from "../support/skip.ts";
import { readExactly, testListeners, textUntilEnd, withoutFfi } from "../support/sockets.ts";
import { tempDir, uniqueName } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A test that runs on our calls, and on the runtime's. */
function test(name: string, body: () => Promise<void>, ignore = false): void {
  const fn = () => assertNoLeak(() => within(PATIENCE_MS, name, body));
  Deno.test({ name, ignore, fn });
  Deno.test({
    name: `${name} (without FFI)`,
    ignore,
    fn: async () => {
      using _ = withoutFfi();
      await fn();
    },
  });
}

/** Serves each client until its end: what it sends comes back. */
async function echo(listener: SocketListener): Promise<void> {
  for await (const client of listener) client.readable.pipeTo(client.writable).catch(() => {});
}

testListeners("listen() and connect() meet at an address", async (listener) => {
  await using client = await connect(listener.address);
  await using server = await listener.accept();
  await client.write("hello");
  assertEquals(text(await readExactly(server, 5)), "hello");
  assertEquals(client.remoteAddr, listener.addr);
  assertEquals(server.localAddr, listener.addr);
  assertEquals(server.remoteAddr, client.localAddr);
  await using again = await connect(listener.addr as SocketAddress);
  await using second = await listener.accept();
  assertEquals(again.remoteAddr, second.localAddr);
});

testListeners("accept() gives the clients in the order of their coming", async (listener) => {
  const clients: SocketStream[] = [];
  for (let i = 0; i < 5; i++) {
    clients.push(await connect(listener.address));
    await clients[i]!.write(`${i}`);
  }
  for (let i = 0; i < 5; i++) {
    await using server = await listener.accept();
    assertEquals(text(await readExactly(server, 1)), `${i}`);
  }
  for (const client of clients) await client[Symbol.asyncDispose]();
});

testListeners("an accept() that is given up loses nobody", async (listener) => {
  await assertRejects(
    () => listener.accept({ timeout: 5 }),
    Deno.errors.TimedOut,
    "nobody connected within 5 ms",
  );
  const controller = new AbortController();
  const accepting = listener.accept({ signal: controller.signal });
  const reason = new Error("no time");
  controller.abort(reason);
  assertEquals(await assertRejects(() => accepting), reason);
  await using client = await connect(listener.address);
  await using server = await listener.accept();
  await client.write("x");
  assertEquals(text(await readExactly(server, 1)), "x");
});

testListeners("several accept() calls at once each get a client", async (listener) => {
  const accepting = [listener.accept(), listener.accept(), listener.accept()];
  const clients = await Promise.all([1, 2, 3].map(() => connect(listener.address)));
  const servers = await Promise.all(accepting);
  assertEquals(new Set(servers).size, 3);
  await Promise.all([...clients, ...servers].map((stream) => stream[Symbol.asyncDispose]()));
});

testListeners("close() ends accept() with BadResource, and the loop without an error", async (listener) => {
  const accepting = assertRejects(() => listener.accept(), Deno.errors.BadResource, "during the wait");
  const looping = echo(listener);
  listener.close();
  listener.close();
  await Promise.all([accepting, looping]);
  assertEquals(listener.closed, true);
  await assertRejects(() => listener.accept(), Deno.errors.BadResource, "closed");
  await assertRejects(() => connect(listener.address));
});

testListeners("connections outlive their listener", async (listener) => {
  await using client = await connect(listener.address);
  await using server = await listener.accept();
  listener.close();
  await client.write("still here");
  assertEquals(text(await readExactly(server, 10)), "still here");
});

testListeners("leaving the loop leaves the listener open", async (listener) => {
  for (let i = 0; i < 2; i++) {
    await using client = await connect(listener.address);
    for await (const server of listener) {
      await server[Symbol.asyncDispose]();
      break;
    }
    assertEquals(await client.read(new Uint8Array(1)), null);
  }
});

testListeners("200 clients at once are served, one silent and one slow among them", async (listener) => {
  const serving = echo(listener);
  await using _silent = await connect(listener.address);
  await using slow = await connect(listener.address);
  await slow.write("half a li");
  const one = async (i: number) => {
    await using client = await connect(listener.address);
    for (let round = 0; round < 3; round++) {
      const message = `client ${i}, round ${round}\n`;
      await client.write(message);
      assertEquals(text(await readExactly(client, message.length)), message);
    }
  };
  await Promise.all(Array.from({ length: 200 }, (_, i) => one(i)));
  await slow.write("ne\n");
  assertEquals((await slow.lines().next()).value, "half a line");
  listener.close();
  await serving;
});

testListeners("the clients that nobody accepted see an end or a reset when it closes", async (listener) => {
  await using client = await connect(listener.address);
  listener.close();
  const end = await client.read(new Uint8Array(1)).catch((error) => error);
  assert(end === null || end instanceof Deno.errors.ConnectionReset, `${end}`);
});

test("tcp://…:0 is a free port, and the address says which", async () => {
  await using a = await listen("tcp://127.0.0.1:0");
  await using b = await listen({ hostname: "localhost", port: 0 });
  const { port } = a.addr as Deno.NetAddr;
  assert(port > 0);
  assertEquals(a.address, `tcp://127.0.0.1:${port}`);
  assert((b.addr as Deno.NetAddr).port !== port);
});

test("an IPv6 address is written in brackets", async () => {
  await using listener = await listen("tcp://[::1]:0");
  assertEquals(listener.address, `tcp://[::1]:${(listener.addr as Deno.NetAddr).port}`);
  await using client = await connect(listener.address);
  await using server = await listener.accept();
  await client.write("six");
  await client.closeWrite();
  assertEquals(await textUntilEnd(server), "six");
}, skipIf(!hasIPv6(), "this machine has no IPv6"));

test("a name is resolved", async () => {
  await using listener = await listen("tcp://127.0.0.1:0");
  await using _client = await connect({ hostname: "localhost", port: (listener.addr as Deno.NetAddr).port });
  await using _server = await listener.accept();
});

test("an address in use is AddrInUse", async () => {
  await using listener = await listen("tcp://127.0.0.1:0");
  await assertFails(() => listen(listener.address), {
    type: Deno.errors.AddrInUse,
    code: "EADDRINUSE",
    syscall: "bind",
  });
  const name = `unix:@${uniqueName()}`;
  await using abstract = await listen(name);
  await assertFails(() => listen(name), {
    type: Deno.errors.AddrInUse,
    code: "EADDRINUSE",
    syscall: "bind",
    path: name.replace("unix:@", "\0"),
  });
  assertEquals(abstract.address, name);
});

test("an address of another machine is AddrNotAvailable", async () => {
  await assertFails(() => listen("tcp://192.0.2.77:0"), {
    type: Deno.errors.AddrNotAvailable,
    code: "EADDRNOTAVAIL",
    syscall: "bind",
  });
});

test("a host that nobody knows is NotFound, to listen and to connect", async () => {
  for (const call of [listen, connect]) {
    const error = await assertRejects(
      () => call("tcp://no-such-host.invalid:50008") as Promise<unknown>,
      Deno.errors.NotFound,
      "tcp://no-such-host.invalid:50008",
    );
    assertEquals((error as unknown as { code: string }).code, "ENOTFOUND");
  }
});

test("where nobody listens a connect() is refused", async () => {
  const listener = await listen("tcp://127.0.0.1:0");
  listener.close();
  await assertFails(() => connect(listener.address), {
    type: Deno.errors.ConnectionRefused,
    code: "ECONNREFUSED",
    syscall: "connect",
  });
});

test("connect() with retry waits for the listener, by address and by path", async () => {
  using folder = tempDir();
  const port = await freePort();
  for (const address of [`tcp://127.0.0.1:${port}`, `unix:${folder.join("socket")}`]) {
    const connecting = connect(address, { retry: true, timeout: PATIENCE_MS });
    assert(await stillWaits(connecting, 100));
    await using listener = await listen(address);
    await using client = await connecting;
    await using server = await listener.accept();
    await client.write("at last");
    await client.closeWrite();
    assertEquals(await textUntilEnd(server), "at last");
  }
});

test("connect() with retry ends with its time-out, or its signal", async () => {
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const error = await assertRejects(
    () => connect(address, { retry: true, timeout: 60 }),
    Deno.errors.TimedOut,
    `Cannot connect to ${address}: no connection within 60 ms`,
  );
  assertEquals((error as { code?: string }).code, "ETIMEDOUT");
  const controller = new AbortController();
  const connecting = connect(address, { retry: true, signal: controller.signal });
  assert(await stillWaits(connecting));
  controller.abort(new Error("enough"));
  await assertRejects(() => connecting, Error, "enough");
});

test("connect() that is aborted without a reason is an AbortError, at whatever moment", async () => {
  using folder = tempDir();
  for (const delay of [0, 1, 5, 25]) {
    const controller = new AbortController();
    const connecting = connect(`unix:${folder.path}/nobody`, { retry: true, signal: controller.signal });
    setTimeout(() => controller.abort(), delay);
    const error = await assertRejects(() => connecting, DOMException);
    assertEquals([error.name, error], ["AbortError", controller.signal.reason]);
  }
  const controller = new AbortController();
  // Nobody answers there (TEST-NET-1): the connect itself is aborted.
  const connecting = connect("tcp://192.0.2.1:9", { signal: controller.signal });
  controller.abort();
  const error = await connecting.then((stream) => stream.close(), (error) => error);
  if (error instanceof Deno.errors.NetworkUnreachable) return; // No network: it failed before the abort.
  assertEquals(error, controller.signal.reason);
});

test("connect() with retry does not repeat what cannot come true", async () => {
  using folder = tempDir();
  Deno.writeTextFileSync(folder.join("file"), "");
  const error = await errorOf(() =>
    connect(`unix:${folder.join("file")}/socket`, { retry: true, timeout: PATIENCE_MS })
  );
  assertEquals((error as { code?: string }).code, "ENOTDIR");
});

test("the TimedOut of a connect() with retry has the last failure as its cause", async () => {
  const options = { retry: true, timeout: 100 };
  const port = await freePort();
  for (
    const [address, code] of [
      ["tcp://no-such-host.invalid:1", "ENOTFOUND"],
      [`tcp://127.0.0.1:${port}`, "ECONNREFUSED"],
    ] as const
  ) {
    // A name service that is slow to answer leaves no time for a second attempt.
    const error = await assertRejects(() => connect(address, options), Deno.errors.TimedOut, address);
    const cause = error.cause as { code?: string } | undefined;
    if (code !== "ENOTFOUND" || cause !== undefined) assertEquals(cause?.code, code);
  }
});

test("a connect() that nobody answers is timed out, or aborted", async () => {
  // A listener whose backlog is full does not answer.
  await using listener = await listen("tcp://127.0.0.1:0", { backlog: 1 });
  const clients: SocketStream[] = [];
  const late = await (async () => {
    for (;;) {
      try {
        clients.push(await connect(listener.address, { timeout: 200 }));
      } catch (error) {
        return error;
      }
    }
  })();
  assertInstanceOf(late, Deno.errors.TimedOut);
  const controller = new AbortController();
  const connecting = connect(listener.address, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("never mind")), 20);
  await assertRejects(() => connecting, Error, "never mind");
  listener.close();
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test("a connect() to a Unix listener whose backlog is full waits, and is timed out or aborted", async () => {
  await using listener = await listen(`unix:@${uniqueName()}`, { backlog: 1 });
  const clients: SocketStream[] = [];
  const connectOne = () => connect(listener.address, { timeout: 50 });
  let late: unknown;
  // The runtime's own listener has a backlog that takes long to fill.
  while (late === undefined && clients.length < 100) {
    await connectOne().then((client) => clients.push(client), (error) => late = error);
  }
  if (clients.length < 100) {
    assertInstanceOf(late, Deno.errors.TimedOut);
    const connecting = connect(listener.address, { timeout: PATIENCE_MS });
    assert(await stillWaits(connecting));
    clients.push(await listener.accept(), await connecting);
  }
  for (const client of clients) client.close();
});

test("a signal that is aborted already ends connect() before it begins", async () => {
  const signal = AbortSignal.abort(new Error("before"));
  await assertRejects(() => connect("tcp://127.0.0.1:1", { signal }), Error, "before");
});

test("a network that cannot be reached is NetworkUnreachable", async () => {
  await using child = startProgram(
    "unshare",
    ...["-rn", Deno.execPath(), "run", "-A", childPath("connect_attempt.ts"), "tcp://192.0.2.1:50008"],
  );
  assertEquals(await child.finished(), "NetworkUnreachable ENETUNREACH connect\n");
}, skipIf(!canUnshare(), "unshare cannot make a process without a network here"));

test("a worker can listen and connect", async () => {
  const worker = new Worker(new URL("../children/socket_worker.ts", import.meta.url), { type: "module" });
  try {
    const next = () => new Promise<string>((resolve) => worker.onmessage = ({ data }) => resolve(data));
    const client = await connect(await next());
    await client.write("hello\n");
    assertEquals((await client.lines().next()).value, "worker got: hello");
    const last = next();
    await client[Symbol.asyncDispose]();
    assertEquals(await last, "closed"); // What a worker has open stays so when it is terminated.
  } finally {
    worker.terminate();
  }
});

test("malformed options are refused by name", async () => {
  const wrong = (options: object) => () => listen("tcp://127.0.0.1:0", options);
  await assertRejects(wrong({ backlog: 0 }), RangeError, "backlog");
  await assertRejects(wrong({ backlog: "many" }), TypeError, "backlog");
  await assertRejects(wrong({ mode: 0o1000 }), RangeError, "mode");
  await assertRejects(() => connect("tcp://127.0.0.1:1", { timeout: -1 }), RangeError, "timeout");
});

async function freePort(): Promise<number> {
  await using listener = await listen("tcp://127.0.0.1:0");
  return (listener.addr as Deno.NetAddr).port;
}

function canUnshare(): boolean {
  try {
    return new Deno.Command("unshare", { args: ["-rn", "true"], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

function hasIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
