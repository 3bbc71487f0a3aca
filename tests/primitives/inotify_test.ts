import { assert, assertEquals, assertRejects } from "@std/assert";
import { pwrite } from "../../lib/ffi/unistd.ts";
import { Doorbell } from "../../lib/primitives/inotify.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak, openDescriptors } from "../support/descriptors.ts";
import { SharedWords } from "../support/shared_words.ts";
import { skipIf } from "../support/skip.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const ignore = skipIf(Deno.build.os !== "linux", "inotify is Linux's");
const late = (timeout: number) => new Deno.errors.TimedOut(`within ${timeout} ms`);
const BELL = 60;

/** A test in which no timer looks: what is noticed was told by the kernel. */
function test(name: string, body: (memory: SharedWords, doorbell: Doorbell) => Promise<void>): void {
  Deno.test({
    name,
    ignore,
    fn: () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          const { setInterval } = globalThis;
          using memory = new SharedWords();
          const doorbell = new Doorbell(memory.descriptor, BELL);
          globalThis.setInterval = ((look: () => void) => setInterval(look, 2 ** 30)) as typeof setInterval;
          try {
            await body(memory, doorbell);
          } finally {
            globalThis.setInterval = setInterval;
            doorbell.close();
          }
        })
      ),
  });
}

/** Looks that count themselves, and find word 0 once it is `wanted`. */
function counted(memory: SharedWords, wanted: number) {
  const look = () => {
    look.times++;
    return memory.words[0] === wanted ? wanted : undefined;
  };
  look.times = 0;
  return look;
}

/** As another process rings: with a system call alone, and a mapping of its own. */
function ringFromOutside(memory: SharedWords): void {
  using other = new SharedWords(memory.path);
  pwrite(other.descriptor.number("ring"), new Uint8Array(1), BELL);
}

test("Doorbell.wait() finds what is there already", async (memory, doorbell) => {
  memory.words[0] = 5;
  assertEquals(await doorbell.wait(counted(memory, 5), {}, late), 5);
});

test("Doorbell.wait() looks again at each ring", async (memory, doorbell) => {
  for (let i = 1; i <= 20; i++) {
    const waiting = doorbell.wait(counted(memory, i), {}, late);
    if (i % 5 === 0) assert(await stillWaits(waiting, 5));
    memory.words[0] = i;
    ringFromOutside(memory);
    assertEquals(await waiting, i);
  }
});

test(
  "Doorbell.ring() is heard by all that wait in this thread, whichever handle they wait with",
  async (memory, doorbell) => {
    using other = new SharedWords(memory.path);
    const others = new Doorbell(other.descriptor, BELL);
    const waiting = [doorbell, doorbell, others].map((one) => one.wait(counted(memory, 1), {}, late));
    assert(await stillWaits(Promise.all(waiting), 5));
    memory.words[0] = 1;
    others.ring();
    assertEquals(await Promise.all(waiting), [1, 1, 1]);
    others.close();
  },
);

test("Doorbell.wait() is not disturbed by the rings of other files", async (memory, doorbell) => {
  using quiet = new SharedWords();
  const silent = new Doorbell(quiet.descriptor, BELL);
  const undisturbed = counted(quiet, 1);
  const waiting = silent.wait(undisturbed, {}, late);
  await doorbell.wait(counted(memory, 0), {}, late);
  const before = undisturbed.times;
  for (let i = 1; i <= 10; i++) {
    memory.words[0] = i;
    const rung = doorbell.wait(counted(memory, i), {}, late);
    ringFromOutside(memory);
    await rung;
  }
  assertEquals(undisturbed.times, before);
  quiet.words[0] = 1;
  ringFromOutside(quiet);
  assertEquals(await waiting, 1);
  silent.close();
});

test(
  "Doorbell.wait() looks again when a process is killed that had the file open",
  async (memory, doorbell) => {
    await using child = startChild("holds_memory", { args: [memory.path] });
    await child.printed("open");
    let dead = false;
    const waiting = doorbell.wait(() => dead || undefined, {}, late);
    assert(await stillWaits(waiting, 20));
    dead = true;
    child.kill("SIGKILL");
    assertEquals(await waiting, true);
  },
);

test("Doorbell.close() lets those that wait look a last time", async (memory, doorbell) => {
  let closed = false;
  const waiting = doorbell.wait(
    () => {
      if (closed) throw new Deno.errors.BadResource("closed");
      return undefined;
    },
    {},
    late,
  );
  assert(await stillWaits(waiting, 5));
  closed = true;
  doorbell.close();
  await assertRejects(() => waiting, Deno.errors.BadResource);
  assertEquals(memory.words[0], 0);
});

test(
  "Doorbell.wait() ends with its time-out or abort, and not when the last look finds something",
  async (memory, doorbell) => {
    await assertRejects(() => doorbell.wait(counted(memory, 1), { timeout: 5 }, late), Deno.errors.TimedOut);
    const controller = new AbortController();
    const waiting = doorbell.wait(counted(memory, 1), { signal: controller.signal }, late);
    const found = doorbell.wait(counted(memory, 2), { signal: controller.signal }, late);
    assert(await stillWaits(waiting, 5));
    memory.words[0] = 2;
    controller.abort(new RangeError("enough"));
    await assertRejects(() => waiting, RangeError, "enough");
    assertEquals(await found, 2);
  },
);

test(
  "the doorbells of a thread share one descriptor, and the last one closes it",
  async (memory, doorbell) => {
    using second = new SharedWords();
    const queues = () =>
      [...openDescriptors().values()].filter((target) => target === "anon_inode:inotify").length;
    const before = queues();
    const other = new Doorbell(second.descriptor, BELL);
    await doorbell.wait(counted(memory, 0), {}, late);
    await other.wait(counted(second, 0), {}, late);
    assertEquals(queues(), before + 1);
    doorbell.close();
    assertEquals(queues(), before + 1);
    other.close();
    assertEquals(queues(), before);
  },
);

Deno.test({
  name: "a wait at a doorbell keeps the process running, and one that has been does not",
  ignore,
  async fn() {
    using memory = new SharedWords();
    await using child = startChild("waits_at_doorbell", { args: [memory.path] });
    await child.printed("waiting");
    memory.words[0] = 1;
    ringFromOutside(memory);
    assertEquals(await child.finished(), "waiting\nfound\n");
  },
});

Deno.test({
  name: "Doorbell.wait() looks now and then when there is no inotify descriptor to be had",
  ignore,
  async fn() {
    using memory = new SharedWords();
    await using child = startChild("waits_at_doorbell", { args: [memory.path, "without descriptors"] });
    await child.printed("waiting");
    memory.words[0] = 1;
    assertEquals(await child.finished(), "waiting\nfound\n");
  },
});
