import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { closeSync, openSync } from "node:fs";
import {
  inheritedReader,
  inheritedWriter,
  mkfifo,
  openFifoReader,
  openFifoWriter,
  pipe,
  spawn,
} from "../../mod.ts";
import { inheritable, isNonBlocking, opening } from "../support/descriptor_flags.ts";
import { isRunning } from "../support/processes.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { ended, run, textOf } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { finish, PATIENCE_MS, until, within } from "../support/watchdog.ts";

const noPython = skipUnless("python3");
const notRoot = skipIf(Deno.uid() !== 0, "only root may give its capabilities up");

function program(name: string): string {
  return new URL(`../children/${name}.ts`, import.meta.url).pathname;
}

function deno(name: string, ...args: (string | number)[]): string[] {
  return ["run", "-A", "--no-prompt", program(name), ...args.map(String)];
}

/** The outcome of each attempt to take a descriptor in a child. */
async function attempts(list: string[], options = {}): Promise<string[]> {
  const { out, err } = await run(Deno.execPath(), { args: deno("inherited_attempts", ...list), ...options });
  const lines = out.trimEnd().split("\n");
  assertEquals(lines.pop(), "works true 0 tcp", err);
  return lines;
}

Deno.test("descriptors from spawn() are taken, and the parent sees the end when the child closes, not when it exits", async () => {
  const [to, from] = [pipe(), pipe()];
  await using child = spawn(Deno.execPath(), {
    args: deno("inherited_echo", 3, 4),
    stdin: "piped",
    stdout: "piped",
    fds: { 3: to.reader, 4: from.writer },
  });
  const lines = from.reader.lines();
  await to.writer.write("hello\n");
  assertEquals((await within(PATIENCE_MS, "the echo", () => lines.next())).value, "hello!");
  to.writer.close();
  assertEquals((await within(PATIENCE_MS, "the end", () => lines.next())).done, true);
  child.stdinWriter.close();
  assertEquals((await within(PATIENCE_MS, "its end", () => child.status)).code, 0);
  from.reader.close();
});

Deno.test("the parent's write is BrokenPipe when the child closes its reader, not when it exits", async () => {
  const [to, from] = [pipe(), pipe()];
  await using child = spawn(Deno.execPath(), {
    args: deno("inherited_echo", 3, 4),
    stdin: "piped",
    fds: { 3: to.reader, 4: from.writer },
  });
  await to.writer.write("stop\n");
  assertEquals(await textOf(from.reader), "");
  await until("BrokenPipe", async () => {
    try {
      await to.writer.write("x", { timeout: PATIENCE_MS });
      return false;
    } catch (error) {
      assertInstanceOf(error, Deno.errors.BrokenPipe);
      return true;
    }
  });
  to.writer.close();
  assert(isRunning(child.pid));
});

Deno.test('the other end of "pipe" is taken; each direction ends by itself', async () => {
  await using child = spawn(Deno.execPath(), {
    args: deno("inherited_socket_echo", 5),
    stdin: "piped",
    stdout: "piped",
    fds: { 5: "pipe" },
  });
  const stream = child.pipes[5]!;
  await stream.write("one\n");
  await stream.closeWrite();
  assertEquals(await textOf(stream), "one!\n");
  child.stdinWriter.close();
  assertEquals((await within(PATIENCE_MS, "its end", () => child.status)).code, 0);
});

Deno.test("stdin is taken as a pipe, and stays blocking for whoever shares it", async () => {
  const [input, output] = [pipe(), pipe()];
  await using shell = spawn("sh", {
    args: ["-c", '"$@"; exec 4>&-; cat', "sh", Deno.execPath(), ...deno("inherited_echo", 0, 4)],
    stdin: input.reader,
    stdout: "piped",
    stderr: "piped",
    fds: { 4: output.writer },
  });
  const lines = output.reader.lines();
  await input.writer.write("line\n");
  assertEquals((await within(PATIENCE_MS, "the echo", () => lines.next())).value, "line!");
  assertEquals(isNonBlocking(0, shell.pid), false);
  input.writer.close();
  assertEquals((await within(PATIENCE_MS, "the end", () => lines.next())).done, true);
  output.reader.close();
  assertEquals((await ended(shell)).code, 0);
});

Deno.test({
  name: "descriptors from Python's pass_fds are taken",
  ignore: noPython,
  async fn() {
    const script = `
import os, subprocess, sys
to_read, to_write = os.pipe()
from_read, from_write = os.pipe()
child = subprocess.Popen(sys.argv[1:] + [str(to_read), str(from_write)], pass_fds=[to_read, from_write],
  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
os.close(to_read); os.close(from_write)
os.write(to_write, b"from python\\n"); os.close(to_write)
print(os.fdopen(from_read).read(), child.poll(), end="")
child.stdin.close(); print(child.wait())
`;
    const { stdout } = await finish("python3", {
      args: ["-c", script, Deno.execPath(), ...deno("inherited_echo")],
    });
    assertEquals(stdout, "from python!\n None0\n");
  },
});

Deno.test("a shell's 3< fifo and 4> fifo are taken; the shell's own descriptors stay blocking and open", async () => {
  using dir = tempDir();
  const [to, from] = [dir.join("to"), dir.join("from")];
  await Promise.all([mkfifo(to), mkfifo(from)]);
  await using shell = spawn("sh", {
    args: ["-c", 'exec 3<"$1" 4>"$2"; shift 2; "$@" </dev/null >&2; cat <&3', "sh", to, from, Deno.execPath()]
      .concat(deno("inherited_echo", 3, 4)),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  using writer = await openFifoWriter(to, { timeout: PATIENCE_MS });
  using reader = await openFifoReader(from, { timeout: PATIENCE_MS });
  await writer.write("one\n");
  const lines = reader.lines();
  assertEquals((await within(PATIENCE_MS, "the echo", () => lines.next())).value, "one!");
  assertEquals([isNonBlocking(3, shell.pid), isNonBlocking(4, shell.pid)], [false, false]);
  writer.close();
  assertEquals((await ended(shell)).code, 0);
});

Deno.test("wrong ends, files, numbers twice and numbers that were not inherited are refused with what is wrong", async () => {
  using dir = tempDir();
  const [one, two] = [pipe(), pipe()];
  await Deno.writeTextFile(dir.join("file"), "");
  const file = openSync(dir.join("file"), "r+");
  const list = [
    "socket:3",
    "socket:5",
    "read:6",
    "write:6",
    "write:3",
    "read:4",
    "read:5",
    "write:5",
    "read:3",
    "read:3",
    "write:4",
    "write:4",
  ];
  const found = await attempts([...list, "read:30", "read:-1", "read:NaN", "write:3.5"], {
    fds: { 3: one.reader, 4: two.writer, 5: file, 6: "pipe" },
  });
  closeSync(file);
  const patterns = [
    /^InvalidData EINVAL Cannot use inherited descriptor 3: it is a pipe's read end .*; use inheritedReader\(\)/,
    /^InvalidData EINVAL Cannot use inherited descriptor 5: it is a file/,
    /^InvalidData EINVAL Cannot read inherited descriptor 6: it is a two-way stream .*; use inheritedSocket\(\)/,
    /^InvalidData EINVAL Cannot write inherited descriptor 6: it is a two-way stream .*; use inheritedSocket\(\)/,
    /^InvalidData EINVAL Cannot write inherited descriptor 3: it is the other end of a pipe, to read/,
    /^InvalidData EINVAL Cannot read inherited descriptor 4: it is the other end of a pipe, to write/,
    /^InvalidData EINVAL .* it is a file/,
    /^InvalidData EINVAL .* it is a file/,
    /^taken$/,
    /^BadResource EBADF .* was not started with it, or it was taken before/,
    /^taken$/,
    /^BadResource EBADF .* was not started with it, or it was taken before/,
    /^BadResource EBADF .* was not started with it/,
    /^TypeError .* not -1/,
    /^TypeError .* not NaN/,
    /^TypeError .* not 3.5/,
  ];
  assertEquals(found.length, patterns.length);
  for (const [i, pattern] of patterns.entries()) assertMatch(found[i]!.replace(/^\S+ /, ""), pattern);
  one.writer.close();
  two.reader.close();
});

Deno.test("none of the runtime's own descriptors can be taken, and the runtime works after all attempts", async () => {
  const mine = new Set(inheritable()); // A pipe among these is rightly taken.
  const numbers = Array.from({ length: 38 }, (_, i) => i + 3).filter((fd) => !mine.has(fd));
  for (const use of ["read", "write", "socket"]) {
    for (const outcome of await attempts(numbers.map((fd) => `${use}:${fd}`))) {
      assertStringIncludes(outcome, "BadResource EBADF");
    }
  }
});

Deno.test("what was taken is close-on-exec: a grandchild gets it no more", async () => {
  const { reader, writer } = pipe();
  const child = spawn(Deno.execPath(), { args: deno("inherited_grandchild"), fds: { 3: writer } });
  const { before, after } = JSON.parse(await textOf(reader));
  const numbers = (text: string) => text.trim().split(" ").map(Number);
  assert(numbers(before).includes(3), before);
  // The number itself, and no copy of it either.
  assertEquals(numbers(after), numbers(before).filter((fd) => fd !== 3));
  assertEquals((await child.status).code, 0);
});

Deno.test({
  name: "a pipe that may not be opened anew is still read without stopping the event loop",
  ignore: noPython || notRoot,
  async fn() {
    // Made by another user, for a process without the right to override that.
    const script = `
import os, subprocess, sys
os.seteuid(65534)
read, write = os.pipe()
os.seteuid(0)
child = subprocess.Popen(["setpriv", "--bounding-set=-dac_override,-dac_read_search"] + sys.argv[1:] + [str(read)],
  pass_fds=[read], stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), end="")
os.write(write, b"at last\\n"); os.close(write)
print(child.stdout.read().decode(), end="")
`;
    const source = `
      const { inheritedReader } = await import(Deno.args[0]);
      const text = inheritedReader(Number(Deno.args[1])).lines().next();
      setTimeout(async () => { console.log("a timer ran"); console.log((await text).value); }, 1);
    `;
    using dir = tempDir();
    await Deno.writeTextFile(dir.join("late.ts"), source);
    const { stdout } = await finish("python3", {
      args: [
        "-c",
        script,
        Deno.execPath(),
        "run",
        "-A",
        dir.join("late.ts"),
        new URL("../../mod.ts", import.meta.url).href,
      ],
    });
    assertEquals(stdout, "a timer ran\nat last\n");
  },
});

Deno.test("what this process opened itself is not inherited, whatever its number", async () => {
  const { made: { reader, writer }, fds } = opening(pipe);
  assertThrows(() => inheritedReader(fds[0]!), Deno.errors.BadResource, "was not started with it");
  assertThrows(() => inheritedWriter(fds[1]!), Deno.errors.BadResource, "was not started with it");
  writer.close();
  assertEquals(await textOf(reader), "");
});
