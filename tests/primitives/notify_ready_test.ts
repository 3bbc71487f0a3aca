import { assertEquals, assertRejects } from "@std/assert";
import { datagram, notifyReady } from "../../mod.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { tempDir, uniqueName } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** Runs a body as if a service manager had started this process. */
function test(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    using folder = tempDir();
    const before = Deno.env.get("NOTIFY_SOCKET");
    try {
      await assertNoLeak(() => within(PATIENCE_MS, name, () => body(folder.path)));
    } finally {
      if (before === undefined) Deno.env.delete("NOTIFY_SOCKET");
      else Deno.env.set("NOTIFY_SOCKET", before);
    }
  });
}

test("notifyReady() tells the manager, at a path and at an abstract name", async (folder) => {
  const name = uniqueName();
  for (const [address, variable] of [[`${folder}/notify`, `${folder}/notify`], [`@${name}`, `@${name}`]]) {
    using manager = await datagram(`unixgram:${address}`);
    Deno.env.set("NOTIFY_SOCKET", variable!);
    assertEquals(await notifyReady(), true);
    assertEquals(await notifyReady("STOPPING=1\nSTATUS=Bye"), true);
    const heard = [await manager.receive(), await manager.receive()];
    assertEquals(heard.map(({ bytes }) => new TextDecoder().decode(bytes)), [
      "READY=1",
      "STOPPING=1\nSTATUS=Bye",
    ]);
  }
});

test("notifyReady() without a manager does nothing", async () => {
  Deno.env.delete("NOTIFY_SOCKET");
  assertEquals(await notifyReady(), false);
  Deno.env.set("NOTIFY_SOCKET", "");
  assertEquals(await notifyReady(), false);
});

test("notifyReady() says when the manager is not there, or its queue is full", async (folder) => {
  const path = `${folder}/notify`;
  Deno.env.set("NOTIFY_SOCKET", path);
  await assertFails(() => notifyReady(), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "sendto",
    path,
  });
  using manager = await datagram(`unixgram:${path}`);
  while (!await stillWaits(notifyReady("STATUS=again", { timeout: 100 }).catch(() => {}), 30));
  await assertRejects(
    () => notifyReady("STATUS=once more", { timeout: 20 }),
    Deno.errors.TimedOut,
    "queue was full",
  );
  assertEquals(manager.closed, false);
  await new Promise((resolve) => setTimeout(resolve, 150));
});

test("what is no state, or no socket, is a TypeError", async () => {
  for (const state of ["", "READY", 1, null]) {
    await assertRejects(() => notifyReady(state as string), TypeError, "NAME=value");
  }
  for (const variable of ["relative", "@", "vsock:2:1"]) {
    Deno.env.set("NOTIFY_SOCKET", variable);
    await assertRejects(() => notifyReady(), TypeError, "neither a path nor an abstract name");
  }
});
