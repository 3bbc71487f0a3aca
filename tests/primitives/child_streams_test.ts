import { assert, assertEquals, assertLessOrEqual, assertRejects, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { pipe, type PipeReader, type PipeWriter, spawn } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { isRunning, killIfRunning, untilGone } from "../support/processes.ts";
import { shell, textOf } from "../support/spawned.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const SIZE = 32 * 1024 * 1024;
/** Two pipes of 64 KiB, cat's own buffer and a chunk on each side; far from the whole. */
const MOST_IN_FLIGHT = 1024 * 1024;

Deno.test("stdin, stdout and stderr are inherited unless said otherwise", async () => {
  const job = { command: "sh", options: { args: ["-c", "cat; echo out; echo err >&2; exit 7"] } };
  await using parent = startChild("spawner", { args: [JSON.stringify(job)] });
  await parent.write("in\n");
  await parent.closeStdin();
  const out = await parent.finished();
  for (const part of ["in\n", "out\n", "ended 7 null\n"]) assert(out.includes(part), out);
  assertEquals(parent.stderr, "err\n");
});

Deno.test('"null" reads nothing and writes to nowhere', async () => {
  await using child = spawn("sh", {
    args: [
      "-c",
      'read line && exit 1; links=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$links" >&3; echo lost',
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    fds: { 3: "pipe" },
  });
  assertEquals(await textOf(child.pipes[3]!), "/dev/null\n".repeat(3));
  assertEquals((await child.status).code, 0);
});

Deno.test("streams and pipe handles are the same ends; what is not piped is a TypeError that says so", async () => {
  await using child = spawn("sh", { args: ["-c", "cat"], stdin: "piped", stdout: "piped" });
  assertThrows(() => child.stderr, TypeError, 'stderr: it is not piped; spawn with { stderr: "piped" }');
  assertThrows(() => child.stderrReader, TypeError, "stderr");
  await assertRejects(() => child.output(), TypeError, "stderr");
  await child.stdinWriter.write("by handle\n");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("by stream\n"));
  await writer.close();
  assertEquals(await textOf(child.stdoutReader), "by handle\nby stream\n");
});

Deno.test("closing stdin is the end for the child", async () => {
  for (const how of ["stream", "handle"]) {
    await using child = spawn("sh", { args: ["-c", "cat; echo end"], stdin: "piped", stdout: "piped" });
    await child.stdinWriter.write("text,");
    if (how === "stream") await child.stdin.close();
    else child.stdinWriter.close();
    assertEquals(await textOf(child.stdoutReader), "text,end\n");
  }
});

Deno.test("output() closes stdin and collects more than a pipe holds of both streams", async () => {
  await using child = spawn("sh", {
    args: ["-c", "cat; head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2; exit 9"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr, code } = await within(PATIENCE_MS, "output", () => child.output());
  assertEquals([stdout.length, stderr.length, code], [300000, 200000, 9]);
});

Deno.test("output() ends with the child, not with what the child left in the background", async () => {
  const script = "sleep 3600 </dev/null >/dev/null 2>&1 & echo $!";
  const { out } = await shell(script);
  assert(isRunning(Number(out)));
  killIfRunning(Number(out));
  await untilGone(Number(out));
});

Deno.test("a PipeReader as stdin and PipeWriters as stdout and stderr make a pipeline", async () => {
  await assertNoLeak(async () => {
    const [input, between, output] = [pipe(), pipe(), pipe()];
    const first = spawn("tr", { args: ["a-z", "A-Z"], stdin: input.reader, stdout: between.writer });
    const kept = output.writer.dup();
    const second = spawn("sh", {
      args: ["-c", "cat; echo err >&2"],
      stdin: between.reader,
      stdout: output.writer,
      stderr: kept,
    });
    await input.writer.write("hello\n");
    input.writer.close();
    assertEquals(await textOf(output.reader), "HELLO\nerr\n");
    assertEquals([(await first.status).code, (await second.status).code], [0, 0]);
  });
});

Deno.test("the wrong end as stdin, stdout or stderr is a TypeError, and stays usable", async () => {
  const { reader, writer } = pipe();
  const wrong = (end: unknown) => end as PipeReader & PipeWriter;
  const begin = (stdin: unknown, stdout?: unknown) =>
    spawn("true", { stdin: wrong(stdin), ...(stdout ? { stdout: wrong(stdout) } : {}) });
  assertThrows(() => begin(writer), TypeError, "takes a PipeReader");
  assertThrows(() => begin(reader, reader), TypeError, "takes a PipeWriter");
  assertThrows(() => spawn("true", { stderr: wrong(reader) }), TypeError, "takes a PipeWriter");
  assertThrows(() => begin(7), TypeError, '"piped", "inherit", "null"');
  await writer.write("usable");
  writer.close();
  assertEquals(await textOf(reader), "usable");
});

Deno.test("32 MB go through cat unchanged, and a slow side holds back the other", async () => {
  const round = async () => {
    await using child = spawn("cat", { stdin: "piped", stdout: "piped" });
    const [sentHash, receivedHash] = [createHash("sha256"), createHash("sha256")];
    let sent = 0;
    let received = 0;
    const send = async () => {
      const writer = child.stdin.getWriter();
      const chunk = new Uint8Array(65536);
      while (sent < SIZE) {
        crypto.getRandomValues(chunk);
        sentHash.update(chunk);
        await writer.write(chunk);
        sent += chunk.length;
        assertLessOrEqual(sent - received, MOST_IN_FLIGHT);
      }
      await writer.close();
    };
    const receive = async () => {
      for await (const chunk of child.stdout) {
        receivedHash.update(chunk);
        received += chunk.length;
        assertLessOrEqual(sent - received, MOST_IN_FLIGHT);
      }
    };
    await within(PATIENCE_MS, "32 MB through cat", () => Promise.all([send(), receive()]));
    assertEquals(received, SIZE);
    assertEquals(receivedHash.digest("hex"), sentHash.digest("hex"));
  };
  await assertNoLeak(round, { warmUp: () => shell("true") });
});

Deno.test("`await using` closes every end that was piped", async () => {
  const round = async () => {
    await using child = spawn("sleep", {
      args: ["60"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      fds: { 3: "pipe" },
    });
    assert(!child.stdinWriter.closed);
  };
  await assertNoLeak(round, { warmUp: round });
});
