/** That waiting costs no thread, and that what needs no wait leaves the event loop to others. */

import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { pipe } from "../../mod.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { fill, testEnds } from "../support/ends.ts";
import { skipIf } from "../support/skip.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** Fails unless a timer fires while `body` runs. */
async function assertTimersRun(body: () => Promise<void>): Promise<void> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 0);
  try {
    await body();
  } finally {
    clearInterval(timer);
  }
  assertGreater(ticks, 0, "no timer fired");
}

const STEPS = 2000;

testEnds("a loop over reads that need no wait lets timers run", async ({ reader, writer }) => {
  const p = new Uint8Array(16);
  await assertTimersRun(async () => {
    for (let i = 0; i < STEPS; i++) {
      writer.tryWrite(p);
      await reader.read(p);
    }
  });
});

testEnds("a loop over writes that need no wait lets timers run", async ({ reader, writer }) => {
  const p = new Uint8Array(16);
  await assertTimersRun(async () => {
    for (let i = 0; i < STEPS; i++) {
      await writer.write(p);
      reader.tryRead(p);
    }
  });
});

testEnds("a loop over lines() that need no wait lets timers run", async ({ reader, writer }) => {
  writer.tryWrite("line\n");
  let i = 0;
  await assertTimersRun(async () => {
    for await (const _line of reader.lines()) {
      if (++i === STEPS) break;
      writer.tryWrite("line\n");
    }
  });
});

/** Threads of this process. */
const threads = () => [...Deno.readDirSync("/proc/self/task")].length;

Deno.test({
  name: "200 reads and 200 writes that wait hold up no file operation, take no thread, and leave nothing",
  ignore: skipIf(Deno.build.os !== "linux", "threads are counted in /proc"),
  async fn() {
    const round = () =>
      within(PATIENCE_MS, "the file operations", async () => {
        const empty = Array.from({ length: 200 }, () => pipe());
        const full = Array.from({ length: 200 }, () => pipe({ capacity: 4096 }));
        const p = new Uint8Array(10);
        const waiting = [
          ...empty.map(({ reader }) => reader.read(p)),
          ...full.map(({ writer }) => (fill(writer), writer.write("x"))),
        ];
        let settled = 0;
        for (const one of waiting) one.finally(() => settled++);
        for (let i = 0; i < 20; i++) assertGreater((await Deno.readFile("/proc/self/stat")).length, 0);
        assertEquals(settled, 0);
        const during = threads();
        for (const { writer } of empty) writer.close();
        for (const { reader } of full) while (reader.tryRead(new Uint8Array(4096)));
        assertEquals((await Promise.all(waiting)).slice(0, 200), Array(200).fill(null));
        for (const { reader, writer } of [...empty, ...full]) {
          reader.close();
          writer.close();
        }
        return during;
      });
    // The file operations may make the runtime's pool grow, to 32; 400 waits in it would leave them none, and in
    // threads of their own would be many more.
    const most = threads() + 40;
    await assertNoLeak(async () => assertLess(await round(), most));
    const memory = Deno.memoryUsage().rss;
    await assertNoLeak(async () => {
      for (let i = 0; i < 5; i++) await round();
    });
    assertLess(Deno.memoryUsage().rss - memory, 60 * 1024 * 1024);
    assertLess(threads(), most);
  },
});
