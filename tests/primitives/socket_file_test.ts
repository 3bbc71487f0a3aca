import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { SOCK_STREAM } from "../../lib/ffi/socket.ts";
import { SocketFile } from "../../lib/primitives/socket_file.ts";
import { boundUnix } from "../../lib/primitives/unix_socket.ts";
import { connect, listen } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { testSocketFiles, withoutFfi } from "../support/sockets.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const modeOf = (path: string) => (Deno.lstatSync(path).mode! & 0o777).toString(8);
const inUse = (path: string) => ({
  type: Deno.errors.AddrInUse,
  code: "EADDRINUSE",
  syscall: "bind",
  path,
});

function withUmask<T>(umask: number, body: () => T): T {
  const before = Deno.umask(umask);
  try {
    return body();
  } finally {
    Deno.umask(before);
  }
}

/** Leaves the file of a socket that nobody listens with any more. */
async function leaveBehind(path: string): Promise<void> {
  await using server = startChild("socket_server", { args: [path] });
  await server.printed("listening");
  server.kill("SIGKILL");
  await server.status;
  assert(Deno.lstatSync(path).isSocket);
}

for (const umask of [0, 0o022, 0o777]) {
  const name = umask.toString(8);
  testSocketFiles(`a socket file has mode 600 under umask ${name}`, async (path) => {
    await using _listener = await withUmask(umask, () => listen(`unix:${path}`));
    assertEquals(modeOf(path), "600");
  });

  testSocketFiles(`a socket file has the mode asked for under umask ${name}`, async (path) => {
    await using _listener = await withUmask(umask, () => listen(`unix:${path}`, { mode: 0o662 }));
    assertEquals(modeOf(path), "662");
    assertEquals(Deno.umask(), Deno.umask(), "the umask is what it was");
  });
}

Deno.test("a socket file has its mode from its birth on", async () => {
  using folder = tempDir();
  using descriptor = withUmask(0, () => {
    const made = boundUnix(folder.join("ours"), SOCK_STREAM, 0o600);
    return { [Symbol.dispose]: () => made.close() };
  });
  assert(descriptor);
  assertEquals(modeOf(folder.join("ours")), "600");
  using _ = withoutFfi();
  const { listen: original } = Deno;
  const born: string[] = [];
  Object.assign(Deno, {
    listen(options: { path: string }) {
      const listener = original({ transport: "unix", path: options.path });
      born.push(modeOf(options.path));
      return listener;
    },
  });
  try {
    await using _listener = await withUmask(0, () => listen(`unix:${folder.join("theirs")}`));
    assertEquals(born, ["600"]);
  } finally {
    Object.assign(Deno, { listen: original });
  }
});

testSocketFiles("close() removes the socket file", async (path) => {
  const listener = await listen(`unix:${path}`);
  listener.close();
  await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
  await assertFails(() => connect(`unix:${path}`), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "connect",
    path,
  });
});

testSocketFiles("close() leaves another file of the name in place", async (path) => {
  const listener = await listen(`unix:${path}`);
  Deno.removeSync(path);
  Deno.writeTextFileSync(path, "precious");
  listener.close();
  assertEquals(Deno.readTextFileSync(path), "precious");
});

testSocketFiles("close() leaves the socket of who came later in place", async (path) => {
  const first = await listen(`unix:${path}`);
  Deno.renameSync(path, `${path}.moved`);
  await using second = await listen(`unix:${path}`);
  first.close();
  await using client = await connect(`unix:${path}`);
  await using _server = await second.accept({ timeout: PATIENCE_MS });
  assertEquals(client.remoteAddr, second.addr);
});

testSocketFiles("close() does nothing when somebody has removed the file", async (path) => {
  const listener = await listen(`unix:${path}`);
  Deno.removeSync(path);
  listener.close();
});

testSocketFiles("the leftover of a dead process is taken over", async (path, folder) => {
  await leaveBehind(path);
  await assertFails(() => connect(`unix:${path}`), {
    type: Deno.errors.ConnectionRefused,
    code: "ECONNREFUSED",
    syscall: "connect",
    path,
  });
  {
    await using listener = await listen(`unix:${path}`);
    assertEquals(modeOf(path), "600");
    await using _client = await connect(`unix:${path}`);
    await using _server = await listener.accept();
    assertEquals([...Deno.readDirSync(folder)].length, 1, "nothing else is left");
  }
  assertEquals([...Deno.readDirSync(folder)], []);
});

testSocketFiles("the socket of a live process is AddrInUse, and unharmed", async (path, folder) => {
  await using server = startChild("socket_server", { args: [path] });
  await server.printed("listening");
  for (let i = 0; i < 3; i++) {
    const error = await assertFails(() => listen(`unix:${path}`), inUse(path));
    assertStringIncludes(error.message, "another process listens there");
  }
  await using client = await connect(`unix:${path}`);
  await client.write("alive?\n");
  assertEquals((await client.lines().next()).value, "alive?");
  assertEquals([...Deno.readDirSync(folder)].length, 1);
});

testSocketFiles("a file that is no socket is AddrInUse, and unharmed", async (path) => {
  Deno.writeTextFileSync(path, "precious");
  const error = await assertFails(() => listen(`unix:${path}`), inUse(path));
  assertStringIncludes(error.message, "another file has the name");
  assertEquals(Deno.readTextFileSync(path), "precious");
  Deno.removeSync(path);
  Deno.mkdirSync(path);
  await assertFails(() => listen(`unix:${path}`), inUse(path));
  assert(Deno.lstatSync(path).isDirectory);
});

testSocketFiles("a symbolic link is refused, whatever it leads to, and unharmed", async (path, folder) => {
  await leaveBehind(`${folder}/dead`);
  Deno.writeTextFileSync(`${folder}/file`, "precious");
  for (const target of ["dead", "file", "nothing"]) {
    Deno.symlinkSync(`${folder}/${target}`, path);
    const error = await assertFails(() => listen(`unix:${path}`), inUse(path));
    assertStringIncludes(error.message, "a symbolic link has the name");
    assertEquals(Deno.readLinkSync(path), `${folder}/${target}`);
    Deno.removeSync(path);
  }
  assert(Deno.lstatSync(`${folder}/dead`).isSocket);
  assertEquals(Deno.readTextFileSync(`${folder}/file`), "precious");
});

testSocketFiles("a folder that does not exist is NotFound", async (path) => {
  await assertRejects(() => listen(`unix:${path}/x/y`), Deno.errors.NotFound);
});

testSocketFiles(
  "a live socket that takes the leftover's place in the very moment is put back",
  async (path, folder) => {
    await leaveBehind(path);
    await using stack = new AsyncDisposableStack();
    let asked = 0;
    const isLive = async () => {
      if (asked++ > 0) return true;
      // Judged dead; and before it is removed another process has taken it over, and listens.
      Deno.removeSync(path);
      stack.use(await listen(`unix:${path}`));
      return false;
    };
    const bind = () => {
      throw new Deno.errors.AddrInUse();
    };
    await assertFails(() => SocketFile.claim(path, 0o600, bind, isLive), inUse(path));
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["socket"]);
    await using client = await connect(`unix:${path}`);
    assertEquals(client.closed, false);
  },
);

for (const flags of ["-A", "--allow-net --allow-read --allow-write --allow-sys"]) {
  Deno.test(`a server that has no descriptors left goes on when it has some again (${flags})`, async () => {
    await within(2 * PATIENCE_MS, "the server", async () => {
      using folder = tempDir();
      const path = folder.join("socket");
      const line = 'ulimit -n 60; exec "$0" run $1 "$2" "$3"';
      const server = childPath("socket_server.ts");
      await using child = startProgram("sh", "-c", line, Deno.execPath(), flags, server, path);
      await child.printed("listening");
      const clients = await Promise.all(Array.from({ length: 80 }, () => connect(`unix:${path}`)));
      await clients[0]!.write("first\n");
      assertEquals((await clients[0]!.lines().next()).value, "first");
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (const client of clients) client.close();
      await using client = await connect(`unix:${path}`);
      await client.write("still there?\n");
      assertEquals((await client.lines().next()).value, "still there?");
      assertEquals(child.stdout, "listening\n");
    });
  });
}

Deno.test("of many processes that find one leftover, exactly one takes it over", async () => {
  await within(2 * PATIENCE_MS, "the processes to decide", async () => {
    using folder = tempDir();
    const path = folder.join("socket");
    for (const flags of [["-A"], ["--allow-net", "--allow-read", "--allow-write", "--allow-sys"]]) {
      await leaveBehind(path);
      await using stack = new AsyncDisposableStack();
      const racers = Array.from(
        { length: 5 },
        () => stack.use(startChild("socket_server", { flags, args: [path] })),
      );
      const outcomes = await Promise.all(racers.map(async (racer) => {
        await racer.printed("\n");
        return racer.stdout.trim();
      }));
      assertEquals(outcomes.filter((outcome) => outcome === "listening").length, 1, outcomes.join());
      assertEquals(outcomes.filter((outcome) => outcome === "EADDRINUSE").length, 4, outcomes.join());
      await using client = await connect(`unix:${path}`);
      await client.write("hello\n");
      assertEquals((await client.lines({ timeout: PATIENCE_MS }).next()).value, "hello");
    }
  });
});
