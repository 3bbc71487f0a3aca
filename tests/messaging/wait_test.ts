import { assertEquals } from "@std/assert";
import { type Connection, wait } from "../../mod.ts";
import { testConnections, WAYS } from "../support/connections.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { tempDir } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** A test with three connections over different things, and their other sides. */
function test(name: string, body: (near: Connection[], far: Connection[]) => Promise<void>): void {
  Deno.test(name, () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, name, async () => {
        using folder = tempDir();
        const pairs = await Promise.all(
          ["a socket pair", "two pipes", "TCP"].map((way) => WAYS[way]!(folder.path, {})),
        );
        try {
          await body(pairs.map(([near]) => near), pairs.map(([, far]) => far));
        } finally {
          await Promise.all(pairs.flat().map((connection) => connection[Symbol.asyncDispose]()));
        }
      })
    ));
}

test("wait() returns the connections that have a message, in the order given", async (near, far) => {
  for (const i of [0, 1, 2]) {
    const waiting = wait(near);
    assertEquals(await stillWaits(waiting), true);
    await far[i]!.send(i);
    assertEquals((await waiting).map((connection) => near.indexOf(connection)), [i]);
    assertEquals(await near[i]!.recv(), i);
  }
  await far[1]!.send(1);
  await far[0]!.send(0);
  const ready = await wait([near[1]!, near[0]!]);
  assertEquals(ready.map((connection) => near.indexOf(connection)), [1, 0]);
  assertEquals(await wait([near[1]!, near[0]!]), ready);
});

test("wait() returns a connection whose other side has left", async (near, far) => {
  far[1]!.close();
  assertEquals(await wait(near), [near[1]]);
  await assertFails(() => near[1]!.recv(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
});

test("wait() returns none after its time-out, and loses nothing", async (near, far) => {
  assertEquals(await wait(near, { timeout: 0 }), []);
  assertEquals(await wait(near, { timeout: 10 }), []);
  for (const other of far) await other.send("later");
  for (const connection of near) assertEquals(await connection.recv(), "later");
});

test("wait() can be aborted", async (near) => {
  const controller = new AbortController();
  const waiting = wait(near, { signal: controller.signal });
  controller.abort("enough");
  assertEquals(await errorOf(() => waiting), "enough");
  assertEquals(await wait(near, { timeout: 0 }), []);
});

test("wait() for a closed connection is BadResource, for one that is receiving Busy", async (near, far) => {
  const receiving = near[0]!.recv();
  await assertFails(() => wait(near), { type: Deno.errors.Busy, code: "EBUSY" });
  await far[0]!.send("received");
  assertEquals(await receiving, "received");
  near[1]!.close();
  await assertFails(() => wait(near), { type: Deno.errors.BadResource, code: "EBADF" });
});

testConnections("wait() does not see a message before it is whole", async ([a, b]) => {
  const sending = a.sendBytes(new Uint8Array(5 << 20));
  assertEquals(await wait([b]), [b]);
  await sending;
  assertEquals((await b.recvBytes()).length, 5 << 20);
});

Deno.test("wait() for no connections returns none", async () => {
  assertEquals(await wait([]), []);
});
