import { assertEquals, assertThrows } from "@std/assert";
import { socketPair } from "../../lib/primitives/socket.ts";
import { connect, listen, peerCredentials } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { skipIf } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

function test(name: string, body: (path: string) => Promise<void>, ignore = false): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      using folder = tempDir();
      await assertNoLeak(() => within(PATIENCE_MS, name, () => body(folder.join("socket"))));
    },
  });
}

const me = { pid: Deno.pid, uid: Deno.uid(), gid: Deno.gid() };

test("peerCredentials() tells a server of its client, and a client of its server", async (path) => {
  await using listener = await listen(`unix:${path}`);
  await using child = startChild("socket_client", { args: [path] });
  await using client = await listener.accept();
  assertEquals({ ...me, pid: child.pid }, peerCredentials(client));
  await client.write("who am I?\n");
  const theirs = JSON.parse((await client.lines().next()).value);
  assertEquals(theirs, me);
});

test("peerCredentials() tells of another user", async (path) => {
  await using listener = await listen(`unix:${path}`, { mode: 0o666 });
  Deno.chmodSync(path.replace(/\/socket$/, ""), 0o755);
  await using child = startChild("socket_client", { args: [path, "65534"] });
  await using client = await listener.accept();
  assertEquals(peerCredentials(client), { pid: child.pid, uid: 65534, gid: 65534 });
  await client.closeWrite();
  await child.status;
}, skipIf(Deno.uid() !== 0, "only root can become another user"));

test("a socket file of mode 600 keeps another user out", async (path) => {
  await using _listener = await listen(`unix:${path}`);
  Deno.chmodSync(path.replace(/\/socket$/, ""), 0o755);
  await using child = startChild("socket_client", { args: [path, "65534"] });
  assertEquals(await child.finished(), "EACCES PermissionDenied\n");
}, skipIf(Deno.uid() !== 0, "only root can become another user"));

test("peerCredentials() of a pair, and of an abstract name, are this process's", async () => {
  const [a, b] = socketPair();
  assertEquals([peerCredentials(a), peerCredentials(b)], [me, me]);
  a.close();
  assertThrows(() => peerCredentials(a), Deno.errors.BadResource, "it is closed");
  b.close();
  await using listener = await listen(`unix:@${crypto.randomUUID()}`);
  await using client = await connect(listener.address);
  assertEquals(peerCredentials(client), me);
});

test("peerCredentials() of a TCP connection is NotSupported", async () => {
  await using listener = await listen("tcp://127.0.0.1:0");
  await using client = await connect(listener.address);
  await using _server = await listener.accept();
  const error = assertThrows(() => peerCredentials(client), Deno.errors.NotSupported);
  assertEquals((error as { code?: string }).code, "EOPNOTSUPP");
});
