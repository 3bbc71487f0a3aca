import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type Codec,
  type CodecName,
  type ConnectedChildProcess,
  type ConnectionOptions,
  spawn,
  type SpawnOptions,
} from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { childPath } from "../support/programs.ts";
import { skipUnless } from "../support/skip.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

function test(name: string, body: () => Promise<void>, ignore = false): void {
  const fn = () => assertNoLeak(() => within(PATIENCE_MS, name, body));
  Deno.test({ name, ignore, fn });
}

function deno<C extends CodecName | Codec<unknown> = "structured">(
  what: string,
  ipc: true | ConnectionOptions<C>,
  options: SpawnOptions = {},
) {
  const args = ["run", "-A", childPath("ipc_child.ts"), what];
  return spawn(Deno.execPath(), { ...options, args, ipc, stdout: "piped" });
}

/** The child's last words, once its parent has left. */
async function lastWords(child: ConnectedChildProcess<unknown>): Promise<string> {
  child.connection.close();
  const [words, status] = await Promise.all([new Response(child.stdout).text(), child.status]);
  assertEquals(status.code, 0);
  return words;
}

test("a child spawned with ipc exchanges values, and each side sees the other leave", async () => {
  await using child = deno("echo", true, { env: { ADDED: "kept" } });
  const { connection } = child;
  assertEquals(await connection.recv(), { same: true, left: undefined, added: "kept" });
  for (const value of [{ a: [1, new Date(5)] }, new Map([[1, "x"]]), pattern(1 << 20)]) {
    const sending = connection.send(value);
    assertEquals(await connection.recv(), value);
    await sending;
  }
  assertEquals(await lastWords(child), "the parent has left\n");
});

test("the parent sees the end when the child is killed, and BrokenPipe when it sends", async () => {
  await using child = deno("echo", true);
  await child.connection.recv();
  child.kill("SIGKILL");
  await assertFails(() => child.connection.recv(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
  await assertRejects(() => child.connection.send(1), Deno.errors.BrokenPipe);
});

test("the codec of ipc is the child's, too", async () => {
  await using child = deno("echo", { codec: "json" });
  await child.connection.recv();
  await child.connection.send([1, { two: null }]);
  assertEquals(await child.connection.recv(), [1, { two: null }]);
  assertEquals(await lastWords(child), "the parent has left\n");
});

test("a codec of one's own is given on both sides", async () => {
  const doubled: Codec<number> = {
    name: "doubled",
    encode: (value) => new Uint8Array([value * 2]),
    decode: ([byte]) => byte! / 2,
  };
  await using child = deno("custom", { codec: doubled });
  await child.connection.send(20);
  assertEquals(await child.connection.recv(), 21);
});

test("parentConnection() refuses another codec than the parent's", async () => {
  await using child = deno("wrong", true);
  const words = await lastWords(child);
  assertEquals(words, "TypeError Cannot use the codec text with the parent: it has the codec structured\n");
});

test("parentConnection() without ipc is BadResource", async () => {
  await using child = spawn(Deno.execPath(), {
    args: ["run", "-A", childPath("ipc_child.ts"), "none"],
    stdout: "piped",
  });
  assertStringIncludes(await new Response(child.stdout).text(), "BadResource Cannot connect to the parent");
});

test("ipc takes a free descriptor beside fds", async () => {
  const script = 'printf %s "$IPC_PARENT_CONNECTION"; test -S /proc/self/fd/4 && echo ", a socket"';
  await using child = spawn("sh", {
    args: ["-c", script],
    fds: { 3: "pipe", 5: "pipe" },
    ipc: true,
    stdout: "piped",
  });
  assertEquals(await new Response(child.stdout).text(), "4 structured, a socket\n");
  assertEquals(Object.keys(child.pipes), ["3", "5"]);
});

test("disposing a child with ipc closes the connection", async () => {
  const child = deno("echo", true);
  await child.connection.recv();
  await child[Symbol.asyncDispose]();
  assertEquals(child.connection.closed, true);
});

test("a child in Python talks over its descriptor", async () => {
  await using child = spawn("python3", {
    args: [childPath("ipc_child.py")],
    ipc: { codec: "bytes" },
    stdout: "piped",
  });
  assertEquals(new TextDecoder().decode(await child.connection.recv()), "bytes");
  for (const size of [0, 10, 100_000, 1 << 20]) {
    const sending = child.connection.send(pattern(size));
    assertEquals(await child.connection.recv(), pattern(size));
    await sending;
  }
  child.connection.close();
  assertEquals(await new Response(child.stdout).text(), "the parent has left\n");
}, skipUnless("python3"));
