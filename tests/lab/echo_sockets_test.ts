import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Started, startProgram } from "./started.ts";

const NAMES = ["client1", "client2", "client3", "client4", "client5"];

/** A server on a free port; resolves to that. */
async function portOf(server: Started): Promise<string> {
  await server.printed("listens at tcp://127.0.0.1:");
  return /127\.0\.0\.1:(\d+)$/m.exec(server.stdout)![1]!;
}

function answered(server: Started): string[] {
  return server.stdout.trimEnd().split("\n").filter((line) => line.includes("answered"));
}

Deno.test("echo_sockets_server answers five processes at once, with text, bytes and objects", async () => {
  await using server = startProgram("echo_sockets_server", "--port", "0", "--together", "5");
  const port = await portOf(server);
  await using clients = new AsyncDisposableStack();
  const started = NAMES.map((name) =>
    clients.use(startProgram("echo_sockets_client", "--port", port, "--rounds", "40", name))
  );
  for (const [i, client] of started.entries()) {
    const expected = `${NAMES[i]} got "server got: [${NAMES[i]}]"\n${NAMES[i]} got 120 answers more\n`;
    assertEquals(await client.finished(), expected);
  }
  assertStringIncludes(server.stdout, "has 5 clients at once");
  server.kill();
  await server.finished(143);
  assertEquals(answered(server), NAMES.map(() => `Server ${server.pid} answered 121 messages of a client`));
});

Deno.test("echo_sockets_workers are five clients at once in one process", async () => {
  await using server = startProgram("echo_sockets_server", "--port", "0", "--together", "5");
  await using workers = startProgram(
    "echo_sockets_workers",
    "--port",
    await portOf(server),
    "--rounds",
    "40",
  );
  const lines = (await workers.finished()).trimEnd().split("\n");
  assertEquals(lines.at(-1), "Main: all 5 clients have their answers");
  assertEquals(
    lines.slice(0, -1).sort(),
    NAMES.flatMap((name) => [`${name} got "server got: [${name}]"`, `${name} got 120 answers more`]).sort(),
  );
});

Deno.test("echo_sockets_server is not held up by a client that says nothing, or is killed", async () => {
  await using server = startProgram("echo_sockets_server", "--port", "0");
  const port = await portOf(server);
  using _silent = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await using killed = startProgram("echo_sockets_client", "--port", port, "--rounds", "20000", "killed");
  await killed.printed('got "server got: [killed]"');
  killed.kill("SIGKILL");
  await killed.status;
  await using client = startProgram("echo_sockets_client", "--port", port, "--rounds", "1", "grüß dich");
  assertEquals(
    await client.finished(),
    'grüß dich got "server got: [grüß dich]"\ngrüß dich got 3 answers more\n',
  );
});

Deno.test("echo_sockets_server sends away who sends what is no message, and goes on", async () => {
  await using server = startProgram("echo_sockets_server", "--port", "0");
  const port = await portOf(server);
  using hostile = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await hostile.write(new Uint8Array([0xff, 0xff, 0xff, 0xf0]));
  assertEquals(await hostile.read(new Uint8Array(1)).catch(() => null), null);
  await server.printed("lost a client: ");
  await using client = startProgram("echo_sockets_client", "--port", port, "--rounds", "1", "client1");
  await client.finished();
});

Deno.test("echo_sockets_client waits for a server that starts later", async () => {
  const { port } = reserved();
  await using client = startProgram("echo_sockets_client", "--port", `${port}`, "--rounds", "1", "client1");
  await new Promise((resolve) => setTimeout(resolve, 300));
  await using _server = startProgram("echo_sockets_server", "--port", `${port}`);
  assertStringIncludes(await client.finished(), "client1 got 3 answers more");
});

Deno.test("echo_sockets_client says so when the server leaves before its answers", async () => {
  await using server = startProgram("echo_sockets_server", "--port", "0");
  const port = await portOf(server);
  await using client = startProgram("echo_sockets_client", "--port", port, "--rounds", "50000", "client1");
  await client.printed('got "server got: [client1]"');
  server.kill("SIGINT");
  await server.finished(130);
  await client.finished(1);
  assert(/UnexpectedEof|ConnectionReset|BrokenPipe/.test(client.stderr), client.stderr);
});

for (const [signo, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  for (
    const [program, name] of [["echo_sockets_client", ["client1"]], ["echo_sockets_workers", []]] as const
  ) {
    Deno.test(`${program} ends with its connections after ${signo}`, async () => {
      await using server = startProgram("echo_sockets_server", "--port", "0");
      const port = await portOf(server);
      await using client = startProgram(program, "--port", port, "--rounds", "50000", ...name);
      await client.printed('client1 got "server got: [client1]"');
      client.kill(signo);
      await client.finished(code);
      assertEquals(client.stderr, "");
      server.kill("SIGTERM"); // And the server that it left in the middle goes on until then.
      await server.finished(143);
      assertEquals(server.stderr, "");
    });
  }
}

Deno.test("echo_sockets_server refuses a port that is taken, and takes 50008 unless told", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using refused = startProgram("echo_sockets_server", "--port", `${(taken.addr as Deno.NetAddr).port}`);
  assertEquals(await refused.finished(1), "");
  assertStringIncludes(refused.stderr, "AddrInUse");
  await using server = startProgram("echo_sockets_server");
  const named = () => /127\.0\.0\.1:50008/.test(server.stdout + server.stderr); // Somebody else may have it.
  while (!named()) await new Promise((resolve) => setTimeout(resolve, 10));
});

/** A port that was free just now. */
function reserved(): Deno.NetAddr {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr as Deno.NetAddr;
}
