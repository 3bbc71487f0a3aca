import { assert, assertEquals, assertRejects } from "@std/assert";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { pipe, spawn } from "../../mod.ts";
import { inheritable, isNonBlocking, opening } from "../support/descriptor_flags.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { isRunning } from "../support/processes.ts";
import { skipUnless } from "../support/skip.ts";
import { ended, shell, textOf } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { finish, PATIENCE_MS, within } from "../support/watchdog.ts";

/** Finds which of its descriptors from 0 to 299 are open. The tests of the shell open none. */
const LIST = 'i=0; while [ $i -lt 300 ]; do [ -L /proc/$$/fd/$i ] && list="$list $i"; i=$((i+1)); done;';

/** What this process was started with, and its children get whoever starts them. */
const base = inheritable();

function numbers(text: string): number[] {
  return text.trim().split(" ").map(Number);
}

function expected(...fds: number[]): number[] {
  return [...new Set([0, 1, 2, ...fds, ...base])].filter((fd) => fd < 300).sort((a, b) => a - b);
}

/** Hands a writer over under each number, and sees what is written to it come out of its own pipe. */
async function assertPlaced(targets: (own: number[]) => number[], count: number): Promise<void> {
  const pipes = Array.from({ length: count }, () => opening(pipe));
  const fds = targets(pipes.map(({ fds }) => fds[1]!));
  const options = {
    args: ["-c", LIST + fds.map((fd) => `echo $list to ${fd} >/proc/self/fd/${fd}`).join(";")],
    fds: Object.fromEntries(pipes.map(({ made }, i) => [fds[i]!, made.writer])),
  };
  const child = spawn("sh", options);
  for (const [i, { made }] of pipes.entries()) {
    assertEquals(await textOf(made.reader), `${expected(...fds).join(" ")} to ${fds[i]}\n`);
  }
  assertEquals((await child.status).code, 0);
}

Deno.test("descriptors 3, 4 and 7 are what fds names; 5 and 6 are not open in the child", async () => {
  await assertNoLeak(() => assertPlaced(() => [3, 4, 7], 3), { warmUp: () => shell("true") });
});

Deno.test("20 descriptors at once arrive under their numbers", async () => {
  await assertPlaced(() => Array.from({ length: 20 }, (_, i) => 3 + i), 20);
});

Deno.test("a number that another handle has in this process overwrites nothing", async () => {
  await assertPlaced(([a, b]) => [b!, a!], 2);
  await assertPlaced((own) => own.map((_, i) => own[(i + 1) % own.length]!), 20);
  await assertPlaced((own) => own, 20);
  await assertPlaced((own) => own.map((fd) => fd + 1), 5);
});

Deno.test("high and sparse descriptors arrive: 255 and 63", async () => {
  await assertPlaced(() => [255, 63], 2);
});

Deno.test("the child has nothing of this process but 0 to 2 and what fds names, by spawn or Deno.Command", async () => {
  using dir = tempDir();
  using _file = Deno.createSync(dir.join("open"));
  const { reader, writer } = pipe();
  const copies = [reader.dup(), writer.dup()];
  await using other = spawn("sleep", {
    args: ["60"],
    stdin: "piped",
    stdout: "piped",
    fds: { 3: "pipe", 9: "pipe" },
  });
  assert(other.pid > 0);
  const script = (fd: number) => ({ args: ["-c", `${LIST} echo $list >&${fd}`] });
  const [ours, orphan] = [pipe(), pipe()];
  const [theirs] = await Promise.all([
    finish("sh", script(1)),
    spawn("sh", { ...script(8), fds: { 8: ours.writer } }).status,
    spawn("sh", { ...script(8), fds: { 8: orphan.writer }, noOrphans: true }).status,
  ]);
  assertEquals(numbers(theirs.stdout), expected());
  assertEquals(numbers(await textOf(ours.reader)), expected(8));
  assertEquals(numbers(await textOf(orphan.reader)), expected(8));
  for (const end of [reader, writer, ...copies]) end.close();
});

Deno.test("the child has one copy of what is piped: closing it is an end here while the child lives", async () => {
  const script = `${LIST} echo $list; exec <&- >&- 2>&-; read line <&5`;
  await using child = spawn("sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    fds: { 5: "pipe" },
  });
  assertEquals(numbers(await textOf(child.stdoutReader)), expected(5));
  assertEquals(await textOf(child.stderrReader), "");
  await assertRejects(() => child.stdinWriter.write("x"), Deno.errors.BrokenPipe);
  assert(isRunning(child.pid));
});

Deno.test({
  name: "what is handed over is blocking in the child, as Python sees it",
  ignore: skipUnless("python3"),
  async fn() {
    const script = "import os; print([os.get_blocking(fd) for fd in (0, 3, 4, 5)])";
    const [one, two, three] = [pipe(), pipe(), pipe()];
    const child = spawn("python3", {
      args: ["-c", script],
      stdin: three.reader,
      stdout: "piped",
      stderr: "piped",
      fds: { 3: one.reader, 4: two.writer, 5: "pipe" },
    });
    assertEquals((await ended(child)).out, "[True, True, True, True]\n");
    for (const end of [one.writer, two.reader, three.writer]) end.close();
  },
});

Deno.test("a dup() that stays here does not wait in the kernel while the child's copy does", async () => {
  const { made: { reader, writer } } = opening(pipe);
  const { made: kept, fds: [keptFd] } = opening(() => writer.dup());
  const { made: keptReader, fds: [keptReaderFd] } = opening(() => reader.dup());
  await using child = spawn("sh", {
    args: ["-c", "echo ready; read line; cat <&4 | wc -c"],
    stdin: "piped",
    stdout: "piped",
    fds: { 3: writer, 4: reader },
  });
  const lines = child.stdoutReader.lines();
  assertEquals((await within(PATIENCE_MS, "ready", () => lines.next())).value, "ready");
  assertEquals([isNonBlocking(3, child.pid), isNonBlocking(4, child.pid)], [false, false]);
  // Looked at before it is used: a write that waits in the kernel would stop the test's own watchdog.
  assertEquals([isNonBlocking(keptFd!), isNonBlocking(keptReaderFd!)], [true, true]);
  assertEquals(keptReader.tryRead(new Uint8Array(1)), 0);
  let written = 0;
  for (let count = 1; count > 0; written += count) count = kept.tryWrite(new Uint8Array(4096));
  assertEquals(written, kept.capacity);
  keptReader.close();
  kept.close();
});

Deno.test("a number is lent: the child reads the file, and the number stays open here", async () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("file"), "one\ntwo\n");
  const fd = openSync(dir.join("file"), "r");
  try {
    const { out } = await shell("read line <&7; echo got $line", { fds: { 7: fd } });
    assertEquals(out, "got one\n");
    assertEquals(fstatSync(fd).size, 8);
    assertEquals(readSync(fd, new Uint8Array(8), 0, 8, 0), 8);
    assertEquals((await shell("cat <&7 <&9", { fds: { 7: fd, 9: fd } })).code, 0);
  } finally {
    closeSync(fd);
  }
});

Deno.test('"pipe" carries bytes both ways, each way ends by itself', async () => {
  await assertNoLeak(async () => {
    await using child = spawn("sh", {
      args: ["-c", "cat <&5 >&5; echo bye >&5; exit 2"],
      fds: { 5: "pipe" },
    });
    const stream = child.pipes[5]!;
    const lines = stream.lines();
    for (const word of ["one", "two"]) {
      await stream.write(`${word}\n`);
      assertEquals((await within(PATIENCE_MS, "the echo", () => lines.next())).value, word);
    }
    await stream.closeWrite();
    assertEquals((await within(PATIENCE_MS, "the rest", () => lines.next())).value, "bye");
    assertEquals((await within(PATIENCE_MS, "the end", () => lines.next())).done, true);
    assertEquals((await child.status).code, 2);
  }, { warmUp: () => shell("true") });
});

Deno.test('"pipe" carries 8 MB each way at once', async () => {
  const size = 8 * 1024 * 1024;
  await using child = spawn("cat", { stdin: "null", stdout: "null", args: ["/dev/null"] });
  await using echo = spawn("sh", { args: ["-c", "exec cat <&5 >&5"], fds: { 5: "pipe" } });
  const stream = echo.pipes[5]!;
  const sent = crypto.getRandomValues(new Uint8Array(65536));
  const send = async () => {
    for (let done = 0; done < size; done += sent.length) await stream.write(sent);
    await stream.closeWrite();
  };
  const [received] = await within(
    PATIENCE_MS,
    "8 MB both ways",
    () => Promise.all([new Response(stream.readable).bytes(), send()]),
  );
  assertEquals(received.length, size);
  for (let at = 0; at < size; at += sent.length) {
    assert(received.subarray(at, at + sent.length).every((byte, i) => byte === sent[i]));
  }
  assertEquals((await child.status).code, 0);
});

Deno.test('the child\'s exit is an end for "pipe" and for a writer that it had', async () => {
  const { reader, writer } = pipe();
  await using child = spawn("true", { fds: { 3: writer, 5: "pipe" } });
  assertEquals(await textOf(reader), "");
  assertEquals(await textOf(child.pipes[5]!), "");
});

Deno.test("handles in every role at once", async () => {
  const { reader, writer } = pipe();
  const child = spawn("sh", {
    args: ["-c", "cat >&3; cat <&4 >&3; echo out; echo err >&2"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    fds: { 3: writer, 4: "pipe" },
    noOrphans: true,
  });
  await child.stdinWriter.write("stdin,");
  child.stdinWriter.close();
  await child.pipes[4]!.write("two-way");
  await child.pipes[4]!.closeWrite();
  assertEquals(await textOf(reader), "stdin,two-way");
  const { out, err } = await ended(child);
  assertEquals([out, err], ["out\n", "err\n"]);
});
