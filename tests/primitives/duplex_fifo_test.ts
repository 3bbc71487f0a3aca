import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { DuplexFifo, mkfifoSync, openFifoReader, openFifoWriter } from "../../mod.ts";
import { assertBreaks, BOTH, conversation, line, test } from "../support/duplex.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { startShell } from "../support/programs.ts";
import { stillWaits } from "../support/waiting.ts";
import { until } from "../support/watchdog.ts";

test("connect() before listen() is NotFound, and makes nothing", async (path, names) => {
  const expected = { type: Deno.errors.NotFound, code: "ENOENT", syscall: "stat" };
  const error = await errorOf(() => DuplexFifo.connect(path)) as Error & { path: string };
  await assertFails(() => DuplexFifo.connect(path), { ...expected, path: error.path });
  assert([`${path}.in`, `${path}.out`].includes(error.path));
  assertEquals(names(), []);
});

test(
  "listen() makes both fifos and waits until a client has opened both; then they converse",
  async (path, names) => {
    const listening = DuplexFifo.listen(path);
    assert(await stillWaits(listening));
    assertEquals(names(), BOTH);
    for (const name of BOTH) {
      const status = Deno.lstatSync(path.replace(/p$/, name));
      assert(status.isFifo);
      assertEquals(status.mode! & 0o777, 0o600);
    }
    await using client = await DuplexFifo.connect(path);
    await using server = await listening;
    for (const text of ["Käse", "日本 😀", ""]) {
      await client.write(`${text}?\n`);
      assertEquals(await line(server), `${text}?`);
      await server.write(new TextEncoder().encode(`${text}!\n`));
      assertEquals(await line(client), `${text}!`);
    }
    await Promise.all([client.write("from the client"), server.write("from the server")]);
    const p = new Uint8Array(100);
    assertEquals([await server.read(p), await client.read(p)], [15, 15]);
  },
);

for (const missing of ["in", "out"]) {
  test(`connect() is NotFound when PATH.${missing} alone is missing, and leaves nobody on the other`, async (path) => {
    const other = `${path}.${missing === "in" ? "out" : "in"}`;
    mkfifoSync(other);
    const expected = {
      type: Deno.errors.NotFound,
      code: "ENOENT",
      syscall: "stat",
      path: `${path}.${missing}`,
    };
    await assertFails(() => DuplexFifo.connect(path), expected);
    const { code } = await errorOf(() => openFifoWriter(other, { wait: false })) as { code: string };
    assertEquals(code, "ENXIO");
    using reader = await openFifoReader(other, { wait: false });
    assertEquals(reader.tryRead(new Uint8Array(1)), null);
  });
}

test("connect() waits for a server when the fifos are there already", async (path) => {
  mkfifoSync(`${path}.in`);
  mkfifoSync(`${path}.out`);
  const connecting = DuplexFifo.connect(path);
  assert(await stillWaits(connecting));
  await using server = await DuplexFifo.listen(path);
  await using client = await connecting;
  await server.write("hello\n");
  assertEquals(await line(client), "hello");
});

test("a conversation is carried by its streams and by its reader and writer as well", async (path) => {
  const [server, client] = await conversation(path);
  await using _server = server;
  await using _client = client;
  const echoing = server.readable.pipeTo(server.writable);
  const writer = client.writable.getWriter();
  await writer.write(new Uint8Array([1, 2, 3]));
  await writer.close();
  const got: number[] = [];
  for await (const chunk of client.readable) got.push(...chunk);
  await echoing;
  assertEquals(got, [1, 2, 3]);
  assert(server.reader.closed && server.writer.closed && client.reader.closed && client.writer.closed);
});

test("listen() takes a mode and a file: URL", async (path, names) => {
  const before = Deno.umask(0);
  const [server, client] = await (async () => {
    try {
      const listening = DuplexFifo.listen(pathToFileURL(path), { mode: 0o640 });
      return await Promise.all([listening, DuplexFifo.connect(pathToFileURL(path))]);
    } finally {
      Deno.umask(before);
    }
  })();
  for (const name of names()) assertEquals(Deno.lstatSync(path.replace(/p$/, name)).mode! & 0o777, 0o640);
  assertEquals(names(), BOTH);
  client.close();
  server.close();
});

test("listen() with options that are none rejects and leaves nothing", async (path, names) => {
  await assertFails(() => DuplexFifo.listen(path, { mode: 0o1000 }), { type: RangeError });
  await assertFails(() => DuplexFifo.listen(path, { timeout: -1 }), { type: RangeError });
  await assertFails(() => DuplexFifo.listen(`${path}\0`), { type: TypeError });
  await assertFails(() => DuplexFifo.listen(""), { type: TypeError });
  assertEquals(names(), []);
});

test("listen() with a signal that is aborted already leaves nothing", async (path, names) => {
  const reason = new Error("enough");
  assertStrictEquals(
    await errorOf(() => DuplexFifo.listen(path, { signal: AbortSignal.abort(reason) })),
    reason,
  );
  assertEquals(names(), []);
});

test("an abort when the client has opened one fifo of two gives that end up as well", async (path, names) => {
  const controller = new AbortController();
  const listening = DuplexFifo.listen(path, { signal: controller.signal });
  using reader = await openFifoReader(`${path}.out`);
  controller.abort(new Error("enough"));
  await assertRejects(() => listening, Error, "enough");
  assertEquals(await reader.read(new Uint8Array(1)), null);
  assertEquals(names(), []);
});

test("a client that is killed is an end and EPIPE for the server", async (path) => {
  const listening = DuplexFifo.listen(path);
  await using client = startShell('exec 3> "$1.in" 4< "$1.out"; echo ready >&3; exec cat <&4', path);
  using server = await listening;
  assertEquals(await line(server), "ready");
  client.kill("SIGKILL");
  assertEquals(await line(server), null);
  await assertBreaks(server);
});

test("await using and using close it and remove the fifos", async (path, names) => {
  {
    const [listened, connected] = await conversation(path);
    await using _server = listened;
    using _client = connected;
    assertEquals(names(), BOTH);
  }
  assertEquals(names(), []);
});

test("a shell is a client: echo hello > p.in; cat p.out", async (path, names) => {
  const listening = DuplexFifo.listen(path);
  await using shell = startShell('echo hello > "$1.in"; cat "$1.out"', path);
  {
    await using server = await listening;
    assertEquals(await line(server), "hello");
    await server.write("hello yourself\n");
  }
  assertEquals(await shell.finished(), "hello yourself\n");
  assertEquals(names(), []);
});

test("a shell is a server: cat p.in > p.out", async (path) => {
  await using shell = startShell('mkfifo "$1.in" "$1.out"; exec cat < "$1.in" > "$1.out"', path);
  await until("the fifos", () => ["in", "out"].every((end) => exists(`${path}.${end}`)));
  using client = await DuplexFifo.connect(path);
  await client.write("echoed\n");
  assertEquals(await line(client), "echoed");
  client.writer.close();
  assertEquals(await line(client), null);
  await shell.finished();
});

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFifo === true;
  } catch {
    return false;
  }
}
