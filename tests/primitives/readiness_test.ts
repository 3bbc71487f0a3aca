import { assert, assertEquals, assertRejects } from "@std/assert";
import { read, write } from "../../lib/ffi/unistd.ts";
import type { FileDescriptor } from "../../lib/primitives/file_descriptor.ts";
import { lookAgain, whenReady } from "../../lib/primitives/readiness.ts";
import { unixPair } from "../../lib/primitives/unix_socket.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { skipIf } from "../support/skip.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** A test in which no timer looks again: what is noticed was told by the kernel. */
function test(name: string, body: (here: FileDescriptor, there: FileDescriptor) => Promise<void>): void {
  Deno.test({
    name,
    ignore: skipIf(Deno.build.os !== "linux", "the kernel's signal is used on Linux alone"),
    fn: () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          const { setInterval } = globalThis;
          const [here, there] = unixPair("pair");
          globalThis.setInterval = ((look: () => void) => setInterval(look, 2 ** 30)) as typeof setInterval;
          try {
            await body(here, there);
          } finally {
            globalThis.setInterval = setInterval;
            here.close();
            there.close();
          }
        })
      ),
  });
}

const late = (timeout: number) => new Deno.errors.TimedOut(`within ${timeout} ms`);
const one = new Uint8Array(1);

/** Takes a byte, when there is one. */
function take(descriptor: FileDescriptor): number | undefined {
  const p = new Uint8Array(1);
  return read(descriptor.number("read"), p) === 1 ? p[0] : undefined;
}

test("whenReady() is told of each byte that comes", async (here, there) => {
  for (let i = 1; i <= 20; i++) {
    const waiting = whenReady(here, () => take(here), {}, late);
    if (i % 5 === 0) assert(await stillWaits(waiting, 5));
    write(there.number("write"), one.fill(i));
    assertEquals(await waiting, i);
  }
});

test("whenReady() finds what is there already", async (here, there) => {
  write(there.number("write"), one.fill(7));
  assertEquals(await whenReady(here, () => take(here), {}, late), 7);
});

test("several that wait for one descriptor are all told", async (here, there) => {
  const waiting = [1, 2, 3].map(() => whenReady(here, () => take(here), {}, late));
  for (const byte of [1, 2, 3]) write(there.number("write"), one.fill(byte));
  assertEquals(await Promise.all(waiting), [1, 2, 3]);
});

test("a wait that is ended takes nothing, and the others go on", async (here, there) => {
  const controller = new AbortController();
  const aborted = whenReady(here, () => take(here), { signal: controller.signal }, late);
  const waiting = whenReady(here, () => take(here), {}, late);
  await assertRejects(() => whenReady(here, () => take(here), { timeout: 5 }, late), Deno.errors.TimedOut);
  controller.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  write(there.number("write"), one.fill(9));
  assertEquals(await waiting, 9);
});

test("lookAgain() tells of a descriptor that was closed", async (here) => {
  const waiting = whenReady(here, () => here.number("look at") < 0 ? 1 : undefined, {}, late);
  assert(await stillWaits(waiting, 5));
  here.close();
  lookAgain();
  await assertRejects(() => waiting, Deno.errors.BadResource);
});
