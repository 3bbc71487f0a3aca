/** Two sides that do something in the same moment. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { openFifoReader, openFifoWriter } from "../../mod.ts";
import { test } from "../support/on_fifo.ts";
import { startProgram, startShell } from "../support/programs.ts";
import { PATIENCE_MS, until } from "../support/watchdog.ts";

const ROUNDS = 300;

for (const end of ["abort", "time-out"]) {
  test(`the ${end} after a writer has come and gone, but before that was noticed, loses nothing`, async (path) => {
    const controller = new AbortController();
    const opening = openFifoReader(path, end === "abort" ? { signal: controller.signal } : { timeout: 1 });
    // This thread is blocked meanwhile: nothing is noticed, and the time-out is over.
    const { success } = new Deno.Command("sh", { args: ["-c", 'sleep 0.01; echo hi > "$1"', "sh", path] })
      .outputSync();
    assert(success);
    controller.abort();
    using reader = await opening;
    assertEquals(await textOf(reader), "hi\n");
  });
}

test("an abort in the moment when the writer comes lets it in, or leaves it to the next reader", async (path) => {
  // A writer that opens in the microseconds between the last look and the leaving gets EPIPE, and knows. Only
  // when it has written by then as well its bytes are lost, as with every reader that leaves: a thread that is
  // interrupted there on a busy machine shows it once in some thousand rounds. Without the last look it is often.
  const line = `trap '' PIPE; while read -r round; do
    if echo "$round" > "$1"; then echo "wrote $round."; else echo "failed $round."; fi
  done`;
  await using shell = startShell(line, path);
  let lost = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const controller = new AbortController();
    const opening = openFifoReader(path, { signal: controller.signal });
    await shell.write(`${round}\n`);
    for (let turns = round % 30; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("enough"));
    const end = await opening.catch((error) => error);
    if (!(end instanceof Error)) {
      using reader = end;
      assertEquals(await textOf(reader), `${round}\n`);
      await shell.printed(`wrote ${round}.`);
      continue;
    }
    assertEquals(end.message, "enough");
    const again = new AbortController();
    const next = openFifoReader(path, { signal: again.signal }).then(async (reader) => {
      using _reader = reader;
      return await textOf(reader);
    }, () => "");
    await until(`an end of round ${round}`, () => shell.stdout.includes(` ${round}.`));
    again.abort();
    if (shell.stdout.includes(`failed ${round}.`)) assertEquals(await next, "");
    else if (await next === "") lost++;
    else assertEquals(await next, `${round}\n`);
  }
  assert(lost <= ROUNDS / 50, `${lost} of ${ROUNDS} lines were lost`);
});

async function textOf(reader: { read(p: Uint8Array): Promise<number | null> }): Promise<string> {
  const p = new Uint8Array(100);
  let text = "";
  for (let count = await reader.read(p); count !== null; count = await reader.read(p)) {
    text += new TextDecoder().decode(p.subarray(0, count));
  }
  return text;
}

test("a reader in the moment when our writer is aborted is either ours, or waits on", async (path) => {
  await using shell = startShell('while read -r round; do cat "$1"; echo "end $round."; done', path);
  for (let round = 0; round < 100; round++) {
    const controller = new AbortController();
    const opening = openFifoWriter(path, { signal: controller.signal });
    await shell.write(`${round}\n`);
    for (let turns = round % 30; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    using writer = await opening.catch(() => openFifoWriter(path));
    await writer.write(`line ${round}.`);
    writer.close();
    await shell.printed(`line ${round}.end ${round}.`);
  }
});

test("a peer that is killed, whenever it is, makes an end or EPIPE and never a hang", async (path) => {
  for (let round = 0; round < 15; round++) {
    await using source = startProgram("sh", "-c", 'exec cat /dev/zero > "$1"', "sh", path);
    using reader = await openFifoReader(path);
    const p = new Uint8Array(70_000);
    for (let reads = round * 7; reads > 0; reads--) assert(await reader.read(p));
    source.kill("SIGKILL");
    // By turns in both forms.
    const read = () => round % 2 ? reader.read(p) : reader.readSync(p, { timeout: PATIENCE_MS });
    while (await read() !== null);
  }
  for (let round = 0; round < 15; round++) {
    await using sink = startProgram("sh", "-c", 'exec cat "$1" > /dev/null', "sh", path);
    using writer = await openFifoWriter(path);
    for (let writes = round * 7; writes > 0; writes--) await writer.write(new Uint8Array(70_000));
    sink.kill("SIGKILL");
    const error = await assertRejects(async () => {
      for (;;) {
        if (round % 2) await writer.write(new Uint8Array(70_000));
        else writer.writeSync(new Uint8Array(70_000), { timeout: PATIENCE_MS });
      }
    }, Deno.errors.BrokenPipe);
    assertEquals((error as Error & { code: string }).code, "EPIPE");
  }
});
