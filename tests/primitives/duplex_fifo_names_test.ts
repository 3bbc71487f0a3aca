/** Whose the two fifos of a DuplexFifo are: who made them removes them, and nothing else is ever removed. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { DuplexFifo, type DuplexFifoOptions, mkfifoSync, openFifoWriter } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertBreaks, BOTH, conversation, line, test } from "../support/duplex.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { until } from "../support/watchdog.ts";

for (const end of ["abort", "time-out"]) {
  const ending = (): [DuplexFifoOptions, (error: unknown) => void] => {
    if (end === "time-out") {
      return [{ timeout: 30 }, (error) => assert(error instanceof Deno.errors.TimedOut)];
    }
    const signal = AbortSignal.timeout(30);
    return [{ signal }, (error) => assertStrictEquals(error, signal.reason)];
  };

  test(`the ${end} of listen() removes what it made, and listen() works again`, async (path, names) => {
    const [options, check] = ending();
    check(await errorOf(() => DuplexFifo.listen(path, options)));
    assertEquals(names(), []);
    mkfifoSync(`${path}.out`);
    const [again, checkAgain] = ending();
    checkAgain(await errorOf(() => DuplexFifo.listen(path, again)));
    assertEquals(names(), ["p.out"]);
    for (const one of await conversation(path)) one.close();
    assertEquals(names(), ["p.out"]);
  });

  test(`the ${end} of connect() leaves the fifos, and nobody on them`, async (path, names) => {
    mkfifoSync(`${path}.in`);
    mkfifoSync(`${path}.out`);
    const [options, check] = ending();
    check(await errorOf(() => DuplexFifo.connect(path, options)));
    assertEquals(names(), BOTH);
    for (const name of names()) {
      const fifo = path.replace(/p$/, name);
      await assertFails(() => openFifoWriter(fifo, { wait: false }), {
        type: Deno.errors.NotConnected,
        code: "ENXIO",
        syscall: "open",
        path: fifo,
      });
    }
    for (const one of await conversation(path)) one.close();
  });
}

test("the fifos that a killed server left are used, and left in place", async (path, names) => {
  {
    await using killed = startChild("duplex_server", { args: [path] });
    await until("the server", () => names().length === 2);
    using client = await DuplexFifo.connect(path);
    await client.write("ping\n");
    assertEquals(await line(client), "got ping");
    killed.kill("SIGKILL");
    assertEquals(await line(client), null);
    await assertBreaks(client);
  }
  assertEquals(names(), BOTH);
  const [server, client] = await conversation(path);
  await client.write("again\n");
  assertEquals(await line(server), "again");
  server.close();
  client.close();
  assertEquals(names(), BOTH);
});

for (const taken of BOTH) {
  for (
    const [kind, type] of [["regular file", Deno.errors.InvalidData], [
      "folder",
      Deno.errors.IsADirectory,
    ]] as const
  ) {
    test(
      `a ${kind} with the name ${taken} is an error, is unharmed, and nothing is left`,
      async (path, names) => {
        const name = path.replace(/p$/, taken);
        if (kind === "folder") Deno.mkdirSync(name);
        else Deno.writeTextFileSync(name, "content");
        const expected = { type, code: kind === "folder" ? "EISDIR" : "EINVAL", syscall: "stat", path: name };
        await assertFails(() => DuplexFifo.listen(path), expected);
        assertEquals(names(), [taken]);
        if (kind === "regular file") assertEquals(Deno.readTextFileSync(name), "content");
      },
    );
  }

  test(
    `a file that takes the place of ${taken} during listen() is left when it ends`,
    async (path, names) => {
      const name = path.replace(/p$/, taken);
      const controller = new AbortController();
      const listening = DuplexFifo.listen(path, { signal: controller.signal });
      listening.catch(() => {});
      await until("the fifos", () => names().length === 2);
      // On many file systems the new file has the number of the old one.
      Deno.removeSync(name);
      Deno.writeTextFileSync(name, "precious");
      controller.abort();
      await assertRejects(() => listening);
      assertEquals(names(), [taken]);
      assertEquals(Deno.readTextFileSync(name), "precious");
    },
  );

  test(
    `a fifo that takes the place of ${taken} during the conversation is left by close()`,
    async (path, names) => {
      const [server, client] = await conversation(path);
      const name = path.replace(/p$/, taken);
      Deno.removeSync(name);
      mkfifoSync(name);
      server.close();
      client.close();
      assertEquals(names(), [taken]);
    },
  );
}

test("close() removes what this side made, and only that, once or often", async (path, names) => {
  mkfifoSync(`${path}.in`);
  const [server, client] = await conversation(path);
  client.close();
  client.close();
  assertEquals(names(), BOTH);
  server.close();
  assertEquals(names(), ["p.in"]);
  mkfifoSync(`${path}.out`);
  server.close();
  server[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  assertEquals(names(), BOTH);
  await assertRejects(() => server.write("a"), Deno.errors.BadResource);
  await assertRejects(() => server.read(new Uint8Array(1)), Deno.errors.BadResource);
});

test("close() when the fifos are gone already is none of an error", async (path, names) => {
  const [server, client] = await conversation(path);
  for (const name of names()) Deno.removeSync(path.replace(/p$/, name));
  server.close();
  client.close();
  assertEquals(names(), []);
});
