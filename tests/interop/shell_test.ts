/** Our fifos and the shell's own programs, both directions. */

import { assert, assertEquals } from "@std/assert";
import { mkfifo, openFifoReader, openFifoWriter, type PipeReader } from "../../mod.ts";
import { sha256, someBytes, textFrom } from "../support/bytes.ts";
import { test } from "../support/on_fifo.ts";
import { startProgram, startShell } from "../support/programs.ts";
import { stillWaits } from "../support/waiting.ts";
import { finish } from "../support/watchdog.ts";

const TEXT = "Käse 日本 😀 naïve\n";

test("echo > FIFO is read by ours", async (path) => {
  await using shell = startShell('echo "Käse 日本 😀 naïve" > "$1"', path);
  using reader = await openFifoReader(path);
  assertEquals(await textFrom(reader), TEXT);
  await shell.finished();
});

test("echo > FIFO, before and after ours waits to read, is read line by line", async (path) => {
  const opening = openFifoReader(path, { persistent: true });
  await using first = startShell('echo one > "$1"', path);
  using reader = await opening;
  await first.finished();
  await using second = startShell('echo two > "$1"; echo three > "$1"', path);
  await second.finished();
  const lines: string[] = [];
  for await (const line of reader.lines()) if (lines.push(line) === 3) break;
  assertEquals(lines, ["one", "two", "three"]);
});

test("cat FIFO reads what ours writes", async (path) => {
  await using cat = startProgram("cat", path);
  using writer = await openFifoWriter(path);
  await writer.write(TEXT);
  writer.close();
  assertEquals(await cat.finished(), TEXT);
});

test("while read -r line; do …; done < FIFO reads our lines", async (path) => {
  await using shell = startShell('while read -r line; do echo "got $line"; done < "$1"; echo end', path);
  using writer = await openFifoWriter(path);
  for (const line of ["one", "Käse", "日本 😀"]) {
    await writer.write(line + "\n");
    await shell.printed(`got ${line}\n`);
  }
  writer.close();
  assertEquals(await shell.finished(), "got one\ngot Käse\ngot 日本 😀\nend\n");
});

test("1 MiB of any bytes goes from cat to ours unchanged", async (path, folder) => {
  const bytes = someBytes();
  Deno.writeFileSync(`${folder}/bytes`, bytes);
  await using shell = startShell('exec cat "$1" > "$2"', `${folder}/bytes`, path);
  using reader = await openFifoReader(path);
  assertEquals(await hashOfAll(reader), await sha256(bytes));
  await shell.finished();
});

test("1 MiB of any bytes goes from ours to cat unchanged", async (path, folder) => {
  const bytes = someBytes();
  await using shell = startShell('exec cat "$1" > "$2"', path, `${folder}/copy`);
  using writer = await openFifoWriter(path);
  await writer.write(bytes);
  writer.close();
  await shell.finished();
  assertEquals(await sha256(Deno.readFileSync(`${folder}/copy`)), await sha256(bytes));
});

test("1 MiB of any bytes goes through streams and tee unchanged", async (path, folder) => {
  const bytes = someBytes();
  await mkfifo(`${folder}/back`);
  await using shell = startShell('exec tee < "$1" > "$2"', path, `${folder}/back`);
  const [writer, reader] = await Promise.all([openFifoWriter(path), openFifoReader(`${folder}/back`)]);
  const writing = new Blob([bytes]).stream().pipeTo(writer.writable);
  const back = new Uint8Array(await new Response(reader.readable).arrayBuffer());
  await writing;
  assertEquals(await sha256(back), await sha256(bytes));
  await shell.finished();
});

test("a fifo made by mkfifo(1) is opened by ours", async (_path, folder) => {
  const path = `${folder}/made by the shell 日本`;
  assertEquals((await finish("mkfifo", { args: ["-m", "600", path] })).code, 0);
  const [reader, writer] = await Promise.all([openFifoReader(path), openFifoWriter(path)]);
  await writer.write("through it");
  writer.close();
  assertEquals(await textFrom(reader), "through it");
  reader.close();
});

test("a fifo made by ours is one for test -p, for ls and for the shell", async (_path, folder) => {
  const path = `${folder}/made by ours 日本`;
  await mkfifo(path);
  const { stdout } = await finish("sh", {
    args: ["-c", 'test -p "$1" && ls -ld "$1"; echo through it > "$1" & cat "$1"; wait', "sh", path],
  });
  assert(/^prw------- [^]*through it\n$/.test(stdout), stdout);
});

test("cat FIFO of two writers, ours and echo, ends when both have left", async (path) => {
  await using cat = startProgram("cat", path);
  using writer = await openFifoWriter(path);
  await using echo = startShell('echo from echo > "$1"', path);
  await echo.finished();
  await cat.printed("from echo\n");
  assert(await stillWaits(cat.status), "cat ended while our writer was left");
  await writer.write("from ours\n");
  writer.close();
  assertEquals(await cat.finished(), "from echo\nfrom ours\n");
});

test("head -c 5 FIFO that leaves early gives our writer EPIPE, and its five bytes", async (path) => {
  await using head = startProgram("head", "-c", "5", path);
  using writer = await openFifoWriter(path);
  let code: string | undefined;
  while (code === undefined) await writer.write("12345").catch((error) => code = error.code);
  assertEquals(code, "EPIPE");
  assertEquals(await head.finished(), "12345");
});

async function hashOfAll(reader: PipeReader): Promise<string> {
  return await sha256(new Uint8Array(await new Response(reader.readable).arrayBuffer()));
}
