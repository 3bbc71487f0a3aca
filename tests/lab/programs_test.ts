import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startShell } from "../support/programs.ts";
import { tempDir } from "../support/temp.ts";
import { startProgram } from "./started.ts";

const TIME = String.raw`\d\d:\d\d:\d\d\.\d{3}`;

Deno.test("pipe_spam prints each line of its child and the child's end", async () => {
  await using parent = startProgram("pipe_spam", "5");
  const lines = (await parent.finished()).trimEnd().split("\n");
  assertEquals(lines.length, 6);
  for (const [i, line] of lines.slice(0, 5).entries()) {
    assertMatch(line, RegExp(`^Parent ${parent.pid} got "Spam 00${i}" at ${TIME}$`));
  }
  assertEquals(lines[5], `Parent ${parent.pid} saw the pipe end; the child ended with code 0`);
  assertEquals(parent.processes, []);
});

Deno.test("pipe_spam's child does not survive a parent that is killed", async () => {
  await using parent = startProgram("pipe_spam", "100000");
  await parent.printed("Spam 001");
  assert(parent.processes.length > 1);
  parent.kill("SIGKILL");
  await parent.untilNoProcess();
});

Deno.test("fifo_spam_parent reads what a shell writes, writer after writer, and removes its fifo", async () => {
  await using parent = startProgram("fifo_spam_parent", "TMP/fifo", "3");
  const fifo = parent.tmp.join("fifo");
  await using shell = startShell(
    'until test -p "$1"; do :; done; for n in 1 2 3; do echo "Spam $n" > "$1"; done',
    fifo,
  );
  await shell.finished();
  const printed = await parent.finished();
  for (const n of [1, 2, 3]) assertMatch(printed, RegExp(`got "Spam ${n}" at ${TIME}\n`));
  assertEquals(parent.left, []);
});

Deno.test("fifo_spam_parent refuses a path that is taken, and leaves it in peace", async () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("taken"), "mine");
  await using parent = startProgram("fifo_spam_parent", dir.join("taken"));
  await parent.finished(1);
  assertStringIncludes(parent.stderr, "AlreadyExists");
  assertEquals(Deno.readTextFileSync(dir.join("taken")), "mine");
});

Deno.test("fifo_spam_child writes to whatever reads, and ends when that leaves", async () => {
  await using child = startProgram("fifo_spam_child", "TMP/fifo", "100000");
  const fifo = child.tmp.join("fifo");
  await child.printed("waits for a reader");
  await using reader = startShell('mkfifo "$1"; head -n 2 "$1"; rm "$1"', fifo);
  assertEquals(await reader.finished(), "Spam 000\nSpam 001\n");
  assertMatch(await child.finished(), /wrote \d+ lines/);
});

Deno.test("echo_server echoes to a shell, outlives its leaving, and ends with exit", async () => {
  await using server = startProgram("echo_server", "TMP");
  await server.printed("waits for a client");
  const session = 'until test -p "$1.out"; do :; done; cat "$1.out" & echo "$2" > "$1.in"; wait';
  await using first = startShell(session, server.tmp.join("pipe"), "hello");
  assertEquals(await first.finished(), "hello\n");
  await server.printed(`got "hello"\nServer ${server.pid} waits for a client`);
  await using second = startShell(session, server.tmp.join("pipe"), "exit");
  assertEquals(await second.finished(), "exit\n");
  await server.finished();
  assertEquals(server.left, []);
});

Deno.test("echo_client waits for a server, and prints the echoes", async () => {
  await using client = startProgram("echo_client", "TMP", "one", "two");
  await client.printed("waits for a server");
  await using server = startShell(
    'mkfifo "$1.in" "$1.out"; while read -r line; do echo "$line!"; done < "$1.in" > "$1.out"; rm "$1".*',
    client.tmp.join("pipe"),
  );
  const printed = await client.finished();
  assertStringIncludes(
    printed,
    `Client ${client.pid} sent "one", got "one!"\nClient ${client.pid} sent "two", got "two!"\n`,
  );
  await server.finished();
});

Deno.test("producer_consumer takes every item once and in order", async () => {
  await using process = startProgram("producer_consumer", "40");
  const lines = (await process.finished()).trimEnd().split("\n");
  const numbers = Array.from({ length: 40 }, (_, i) => i + 1);
  assertEquals(
    lines.filter((line) => line.startsWith("Consumer")),
    numbers.map((n) => `Consumer took item ${n}`),
  );
  assertEquals(
    lines.filter((line) => line.startsWith("Producer")),
    numbers.map((n) => `Producer made item ${n}`),
  );
  assertEquals(lines.at(-1), "Main: 40 items made, 40 taken");
});

Deno.test("tally adds up what it reads from any stdin", async () => {
  await using worker = startProgram("tally");
  await worker.write("5\n-2\nquit\n99\n");
  assertEquals(await worker.finished(), "5 makes 5\n-2 makes 3\nbye\n");
});

Deno.test("tally_launcher's worker remembers its sum from one controller to the next", async () => {
  await using launcher = startProgram("tally_launcher", "TMP");
  await launcher.printed("started worker");
  const folder = launcher.tmp.path;
  {
    await using first = startProgram("tally_controller", folder, "5");
    assertStringIncludes(await first.finished(), 'told "5", heard "5 makes 5"');
  }
  await using shell = startShell('echo 7 > "$1/tally.in"; head -n 1 "$1/tally.out"', folder);
  assertEquals(await shell.finished(), "7 makes 12\n");
  await using second = startProgram("tally_controller", folder, "30", "quit");
  assertStringIncludes(await second.finished(), 'told "30", heard "30 makes 42"');
  assertStringIncludes(await launcher.finished(), "saw the worker end with code 0");
  assertEquals(launcher.left, []);
});

Deno.test("tally_launcher's worker does not survive a launcher that is killed", async () => {
  await using launcher = startProgram("tally_launcher", "TMP");
  await launcher.printed("started worker");
  launcher.kill("SIGKILL");
  await launcher.untilNoProcess();
});

Deno.test("structured_messages gets answers with all types intact", async () => {
  await using parent = startProgram("structured_messages");
  const printed = await parent.finished();
  assertMatch(
    printed,
    /gets \{ id: 1n, stats: Map\(2\) \{ "mean" => 5, "max" => 8 \}, at: \d{4}-\d\d-\d\dT[\d:.]+Z \}/,
  );
  assertStringIncludes(printed, "saw the child end with code 0");
});

for (
  const [name, args, line] of [
    ["pipe_spam", ["100000"], "Spam 001"],
    ["fifo_spam_child", ["TMP/fifo"], "waits for a reader"],
    ["echo_server", ["TMP"], "waits for a client"],
    ["echo_client", ["TMP", "hello"], "waits for a server"],
    ["producer_consumer", ["100000"], "took item 2"],
    ["tally_launcher", ["TMP"], "started worker"],
    ["echo_sockets_server", ["--port", "0"], "listens at"],
    ["duplex_exchange", ["100000000"], "got Set(4)"],
  ] as const
) {
  for (const [signo, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.test(`${name} leaves no process and no file after ${signo}`, async () => {
      await using program = startProgram(name, ...args);
      await program.printed(line);
      program.kill(signo);
      await program.finished(code);
      assertEquals(program.stderr, "");
      assertEquals(program.left, []);
      await program.untilNoProcess();
    });
  }
}

Deno.test("fifo_spam_parent leaves no file after SIGINT, also with a writer there", async () => {
  await using parent = startProgram("fifo_spam_parent", "TMP/fifo");
  await using child = startProgram("fifo_spam_child", parent.tmp.join("fifo"), "100000");
  await parent.printed("Spam 001");
  parent.kill("SIGINT");
  await parent.finished(130);
  assertEquals(parent.left, []);
  await child.finished();
});

for (
  const name of [
    "fifo_spam_parent",
    "fifo_spam_child",
    "echo_server",
    "echo_client",
    "tally_launcher",
    "tally_controller",
    "echo_sockets_client",
    "signals",
  ]
) {
  Deno.test(`${name} without arguments says what is missing`, async () => {
    await using program = startProgram(name);
    assertEquals(await program.finished(1), "");
    assertStringIncludes(program.stderr, "Missing argument: the ");
  });
}
