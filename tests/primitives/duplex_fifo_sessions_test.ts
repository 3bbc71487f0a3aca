/** One conversation after the other over fifos that stay: what one of them leaves is not the next one's. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DuplexFifo, mkfifoSync, openFifoReader, openFifoWriter } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertBreaks, conversation, line, test as withFolder } from "../support/duplex.ts";
import { startShell } from "../support/programs.ts";
import { asleep, stillWaits } from "../support/waiting.ts";

/** Runs a body with the path of two fifos that stay. */
function test(name: string, body: (path: string) => Promise<void>): void {
  withFolder(name, async (path) => {
    mkfifoSync(`${path}.in`);
    mkfifoSync(`${path}.out`);
    await body(path);
  });
}

/** Fails unless a new conversation begins with what its own sides say. */
async function assertFresh(listening: Promise<DuplexFifo>, connecting: Promise<DuplexFifo>): Promise<void> {
  const [server, client] = await Promise.all([listening, connecting]);
  await server.write("fresh from the server\n");
  await client.write("fresh from the client\n");
  assertEquals([await line(client), await line(server)], ["fresh from the server", "fresh from the client"]);
  server.close();
  client.close();
}

// What is killed closes its descriptors one after the other. Here a test does it, with as much time in between as it
// takes.

test("what a dying client had not read is not read by the next one, though listen() came before its end", async (path) => {
  const [server, client] = await conversation(path);
  await server.write("stale\n");
  client.writer.close();
  assertEquals(await line(server), null);
  server.close();
  const listening = DuplexFifo.listen(path);
  assert(await stillWaits(listening));
  client.reader.close();
  await assertFresh(listening, DuplexFifo.connect(path));
});

test("what a dying server had not read is not read by the next one, though connect() came before its end", async (path) => {
  const [server, client] = await conversation(path);
  await client.write("stale\n");
  server.writer.close();
  assertEquals(await line(client), null);
  client.close();
  const connecting = DuplexFifo.connect(path);
  assert(await stillWaits(connecting));
  server.reader.close();
  await assertFresh(DuplexFifo.listen(path), connecting);
});

test("what a dying client had written, and broke off reading, is not read in the next session", async (path) => {
  const [server, client] = await conversation(path);
  await client.write("stale\n");
  client.reader.close();
  await assertBreaks(server);
  server.close();
  const listening = DuplexFifo.listen(path);
  assert(await stillWaits(listening));
  client.writer.close();
  await assertFresh(listening, DuplexFifo.connect(path));
});

test("what a dying server had written, and broke off reading, is not read in the next session", async (path) => {
  const [server, client] = await conversation(path);
  await server.write("stale\n");
  server.reader.close();
  await assertBreaks(client);
  client.close();
  const connecting = DuplexFifo.connect(path);
  assert(await stillWaits(connecting));
  server.writer.close();
  await assertFresh(DuplexFifo.listen(path), connecting);
});

test("a session that broke off leaves to a second handle of its reader what that one may still read", async (path) => {
  const [server, client] = await conversation(path);
  await client.write("last words");
  client.close();
  await assertBreaks(server);
  using second = server.reader.dup();
  server.close();
  assertEquals(await second.text(), "last words");
});

test("listen() resolves when a reader of PATH.out is there, not when one has been", async (path) => {
  const leaving = openFifoReader(`${path}.out`);
  const listening = DuplexFifo.listen(path);
  leaving.then((reader) => reader.close());
  await leaving;
  (await openFifoWriter(`${path}.in`)).close();
  assert(await stillWaits(listening));
  using reader = await openFifoReader(`${path}.out`);
  using server = await listening;
  await server.write("hello\n");
  assertEquals((await reader.lines().next()).value, "hello");
});

test("a slow client reads its answer to the end, though the server listens again already", async (path) => {
  const [server, client] = await conversation(path);
  await client.write("question\n");
  client.writer.close();
  assertEquals(await line(server), "question");
  await server.write("answer\n");
  server.close();
  const listening = DuplexFifo.listen(path);
  assert(await stillWaits(listening));
  assertEquals(await client.reader.text({ timeout: 10_000 }), "answer\n");
  client.close();
  await assertFresh(listening, DuplexFifo.connect(path));
});

test("a client waits until what the one before it wrote was read, and has a session of its own", async (path) => {
  const [server, client] = await conversation(path);
  await client.write("first\n");
  client.close();
  const connecting = DuplexFifo.connect(path);
  assert(await stillWaits(connecting));
  assertEquals([await line(server), await line(server)], ["first", null]);
  server.close();
  await assertFresh(DuplexFifo.listen(path), connecting);
});

test("listen() that is aborted while the client before still reads leaves nobody behind", async (path) => {
  const [server, client] = await conversation(path);
  await server.write("answer\n");
  server.close();
  await assertRejects(() => DuplexFifo.listen(path, { timeout: 30 }), Deno.errors.TimedOut);
  assertEquals(await client.reader.text(), "answer\n");
  client.close();
});

withFolder(
  "three clients that are killed among many descriptors leave nothing to the next one",
  async (path) => {
    mkfifoSync(`${path}.in`);
    mkfifoSync(`${path}.out`);
    for (let round = 0; round < 3; round++) {
      const listening = DuplexFifo.listen(path);
      await using client = startChild("dies_slowly", { args: [path] });
      const server = await listening;
      await client.printed("ready");
      await server.write(`stale ${round}\n`);
      client.kill("SIGKILL");
      assertEquals(await line(server), null);
      server.close();
      const again = DuplexFifo.listen(path);
      await client.status;
      await assertFresh(again, DuplexFifo.connect(path));
    }
  },
);

test("a shell is served again and again over fifos that stay", async (path) => {
  const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo "question $i" > "$1.in"; cat "$1.out"; done';
  await using shell = startShell(script, path);
  let answers = "";
  for (let index = 1; index <= 10; index++) {
    using server = await DuplexFifo.listen(path);
    assertEquals(await server.reader.text(), `question ${index}\n`);
    await server.write(`answer ${index}\n`);
    answers += `answer ${index}\n`;
  }
  assertEquals(await shell.finished(), answers);
});

test("a shell that opens PATH.out first is served, too", async (path) => {
  for (let round = 0; round < 3; round++) {
    await using shell = startShell('exec 4< "$1.out" 3> "$1.in"; echo hello >&3; cat <&4', path);
    await asleep(shell.pid, "sh");
    using server = await DuplexFifo.listen(path);
    assertEquals(await line(server), "hello");
    await server.write(`hello ${round}`);
    server.close();
    assertEquals(await shell.finished(), `hello ${round}`);
  }
});
