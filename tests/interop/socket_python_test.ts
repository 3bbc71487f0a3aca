import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connect,
  datagram,
  listen,
  peerCredentials,
  pipe,
  receiveDescriptors,
  sendDescriptors,
} from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { withoutFfi } from "../support/sockets.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const python = (...args: string[]) => startProgram("python3", childPath("socket_peer.py"), ...args);
const noPython = skipUnless("python3");
const patience = { timeout: PATIENCE_MS };

function test(name: string, body: (folder: string) => Promise<void>, ignore = noPython): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      using folder = tempDir();
      await assertNoLeak(() => within(PATIENCE_MS, name, () => body(folder.path)));
    },
  });
}

/** Python's socket.send_fds and recv_fds came with 3.9. */
function hasSendFds(): boolean {
  const args = ["-c", "import socket, sys; sys.exit(not hasattr(socket, 'send_fds'))"];
  return new Deno.Command("python3", { args, stdout: "null", stderr: "null" }).outputSync().success;
}
const noSendFds = noPython || skipIf(!hasSendFds(), "python3 has no socket.send_fds (it came with 3.9)");

const WHERE: Record<string, (folder: string) => string> = {
  tcp: () => "tcp://127.0.0.1:0",
  unix: (folder) => `unix:${folder}/socket`,
  abstract: () => `unix:@${crypto.randomUUID()}`,
};

for (const [name, address] of Object.entries(WHERE)) {
  test(`five raw-socket clients in Python talk with our echo server (${name})`, async (folder) => {
    await using listener = await listen(address(folder));
    const serving = (async () => {
      for await (const client of listener) client.readable.pipeTo(client.writable);
    })();
    const clients = Array.from({ length: 5 }, (_, i) => python("client", listener.address, `client${i}`));
    for (const [i, client] of clients.entries()) {
      assertEquals(await client.finished(), `client${i} got 300000 bytes back, and the end\n`);
      await client[Symbol.asyncDispose]();
    }
    listener.close();
    await serving;
  });

  test(`our client talks with an echo server in Python (${name})`, async (folder) => {
    await using server = python("server", address(folder));
    await server.printed("\n");
    await using client = await connect(server.stdout.trim());
    const sent = pattern(300_000);
    const writing = client.write(sent).then(() => client.closeWrite());
    assertEquals(await client.bytes(), sent);
    await writing;
    assertEquals(await server.finished(), server.stdout);
  });
}

test("Python hears the end when we close with its bytes unread", async (folder) => {
  for (const address of [WHERE.tcp!(folder), WHERE.unix!(folder)]) {
    await using listener = await listen(address);
    await using client = python("unread", listener.address);
    await using server = await listener.accept();
    await server.read(new Uint8Array(1));
    await server.write("that is enough");
    await server[Symbol.asyncDispose]();
    assertEquals(await client.finished(), "got: that is enough\n");
  }
});

for (const ffi of [true, false]) {
  test(`a connection that Python resets is ConnectionReset, and not an end${ffi ? "" : " (without FFI)"}`, async () => {
    using _ = ffi ? undefined : withoutFfi();
    await using listener = await listen("tcp://127.0.0.1:0");
    await using client = python("reset", listener.address);
    await using server = await listener.accept();
    await server.write("."); // It resets only what was accepted.
    await client.finished();
    const p = new Uint8Array(100);
    const error = await assertRejects(async () => {
      while (await server.read(p) !== null);
    }, Deno.errors.ConnectionReset);
    assertEquals((error as { code?: string }).code, "ECONNRESET");
    await assertRejects(async () => {
      for (;;) await server.write("anybody?");
    }, Deno.errors.BrokenPipe);
  });
}

test("UDP datagrams go to Python, and come back", async () => {
  await using server = python("udp");
  await server.printed("\n");
  using socket = await datagram("udp://127.0.0.1:0");
  await socket.send(new TextEncoder().encode("hello"), server.stdout.trim());
  const { bytes, from } = await socket.receive(patience);
  assertEquals(new TextDecoder().decode(bytes), "python got: hello");
  assertEquals(
    `udp://${(from as { hostname: string }).hostname}:${(from as { port: number }).port}`,
    server.stdout.trim(),
  );
});

test("Unix datagrams go to Python, and come back", async (folder) => {
  await using server = python("unixgram", `${folder}/python`);
  await server.printed("\n");
  using socket = await datagram(`unixgram:${folder}/ours`);
  await socket.send(new TextEncoder().encode("hello"), `unixgram:${folder}/python`);
  const { bytes, from } = await socket.receive(patience);
  assertEquals(new TextDecoder().decode(bytes), "python got: hello");
  assertEquals(from, { transport: "unixgram", path: `${folder}/python` });
});

test("Python's recv_fds gets a pipe, a connection and a file from sendDescriptors()", async (folder) => {
  await using listener = await listen(`unix:${folder}/socket`);
  await using client = python("recv_fds", `${folder}/socket`);
  await using server = await listener.accept();
  assertEquals(peerCredentials(server).pid, client.pid);
  const { reader, writer } = pipe();
  await using other = await connect(listener.address);
  const passed = await listener.accept();
  Deno.writeTextFileSync(`${folder}/file`, "content");
  const { openSync, closeSync } = await import("node:fs");
  const file = openSync(`${folder}/file`, "r");
  await sendDescriptors(server, new TextEncoder().encode("three"), [writer, passed, file]);
  writer.close();
  passed.close();
  closeSync(file);
  assertEquals((await reader.lines(patience).next()).value, "through the pipe");
  assertEquals((await other.lines(patience).next()).value, "through the connection");
  assertEquals(await client.finished(), "three 3\nthe file has: content\n");
  assertEquals(await other.read(new Uint8Array(1)), null);
  reader.close();
}, noSendFds);

test(
  "receiveDescriptors() gets a pipe, a connection and a listener from Python's send_fds",
  async (folder) => {
    await using listener = await listen(`unix:${folder}/socket`);
    await using client = python("send_fds", `${folder}/socket`);
    await using server = await listener.accept();
    using received = await receiveDescriptors(server, patience);
    assertEquals(new TextDecoder().decode(received!.bytes), "from python");
    assertEquals(received!.descriptors.map(({ kind }) => kind), ["reader", "socket", "listener", "file"]);
    const [reader, socket, theirListener, memory] = received!.descriptors;
    using lines = reader!.reader();
    assertEquals((await lines.lines(patience).next()).value, "in the pipe");
    await using connection = socket!.socket();
    await connection.write("to python\n");
    assertEquals((await connection.lines(patience).next()).value, "python got: to python");
    await using theirs = theirListener!.listener();
    await using stranger = await connect(theirs.address);
    await using accepted = await theirs.accept(patience);
    await stranger.write("x");
    assertEquals(await accepted.read(new Uint8Array(1)), 1);
    assertEquals(Deno.readTextFileSync(memory!.path), "in memory");
    await server.write("done");
    await client.finished();
  },
  noSendFds,
);

test("60 descriptors from Python come in several messages, each whole", async (folder) => {
  await using listener = await listen(`unix:${folder}/socket`);
  await using client = python("many_fds", `${folder}/socket`);
  await using server = await listener.accept();
  let count = 0;
  for (;;) {
    using received = await receiveDescriptors(server, patience);
    if (received === null) break;
    assertEquals(received.descriptors.length, 20);
    count += received.descriptors.length;
  }
  assertEquals(count, 60);
  assert(await client.finished() === "");
}, noSendFds);
