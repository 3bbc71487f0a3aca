import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Doorbell } from "../../lib/primitives/inotify.ts";
import { EventCount } from "../../lib/sync/event_count.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { isAsleep } from "../support/processes.ts";
import { SharedWords } from "../support/shared_words.ts";
import { skipIf } from "../support/skip.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const ignore = skipIf(Deno.build.os !== "linux", "futex and inotify are Linux's");
const late = (timeout: number) => new Deno.errors.TimedOut(`within ${timeout} ms`);

/** Words of the two event counts, of what children answer with, and of what changes. */
const [HERE, THERE, WORD, ANSWER] = [16, 32, 48, 64];
const SEQUENCE = HERE;
const SLEEPERS = HERE + 1;

interface Both {
  memory: SharedWords;
  words: Int32Array<ArrayBuffer>;
  /** Children wait here. */
  there: EventCount;
  /** This thread waits here. */
  here: EventCount;
}

function test(name: string, body: (both: Both) => Promise<void> | void): void {
  Deno.test({
    name,
    ignore,
    fn: () =>
      assertNoLeak(() =>
        within(PATIENCE_MS, name, async () => {
          using memory = new SharedWords();
          const doorbell = new Doorbell(memory.descriptor, 60);
          const count = (index: number) =>
            new EventCount(memory.words, index, memory.address + BigInt(index * 4), doorbell);
          try {
            await body({ memory, words: memory.words, there: count(THERE), here: count(HERE) });
          } finally {
            doorbell.close();
          }
        })
      ),
  });
}

/** Finds a word once it has the value. */
function is(words: Int32Array<ArrayBuffer>, index: number, value: number): () => true | undefined {
  return () => Atomics.load(words, index) === value || undefined;
}

/** A child that answers each change of WORD, up to `last`. */
function startAnswering({ memory }: Both, way: "sync" | "async", last: number) {
  return startChild("answers", { args: [memory.path, way, `${last}`] });
}

test("EventCount.notify() changes nothing while nobody sleeps", ({ words, here }) => {
  here.notify();
  here.notify(1);
  assertEquals([words[SEQUENCE], words[SLEEPERS]], [0, 0]);
});

test("EventCount.waitSync() returns what is there already, and throws what the look throws", ({ words, here }) => {
  assertEquals(here.waitSync(is(words, WORD, 0), Infinity, late), true);
  assertThrows(
    () =>
      here.waitSync(
        () => {
          throw new RangeError("mine");
        },
        Infinity,
        late,
      ),
    RangeError,
    "mine",
  );
});

test("EventCount.waitSync() throws at its time-out, and not before", ({ words, here }) => {
  const start = performance.now();
  assertThrows(() => here.waitSync(is(words, WORD, 1), 20, late), Deno.errors.TimedOut, "within 20 ms");
  assert(performance.now() - start >= 19);
});

test("EventCount.waitSync() does not sleep when the notification came while it looked", ({ words, here }) => {
  let looks = 0;
  // Were it to sleep, it would look again after 250 ms, each time; it looks twice before it sleeps.
  const look = () => {
    if (++looks === 200) return looks;
    Atomics.add(words, WORD, 1);
    here.notify();
    return undefined;
  };
  assertEquals(here.waitSync(look, 20_000, late), 200);
  assert(words[SEQUENCE]! >= 99);
});

test("EventCount.waitSync() finds in the end what nobody told of", async (both) => {
  await using child = startAnswering(both, "sync", 1);
  await child.printed("ready");
  await until("the child to sleep", () => isAsleep(child.pid));
  // As if the notifier had been killed between these two and its waking up.
  Atomics.store(both.words, WORD, 1);
  Atomics.exchange(both.words, THERE + 1, 0);
  await until("the answer", is(both.words, ANSWER, 1) as () => boolean);
  await child.finished();
});

for (const way of ["sync", "async"] as const) {
  test(`EventCount: an event loop and a process that waits ${way} wake each other 500 times`, async (both) => {
    const { words, here, there } = both;
    await using child = startAnswering(both, way, 500);
    await child.printed("ready");
    for (let i = 1; i <= 500; i++) {
      Atomics.store(words, WORD, i);
      there.notify();
      await here.wait(is(words, ANSWER, i), {}, late);
    }
    await child.finished();
  });

  test(`EventCount: a thread and a process that waits ${way} wake each other 500 times`, async (both) => {
    const { words, here, there } = both;
    await using child = startAnswering(both, way, 500);
    await child.printed("ready");
    for (let i = 1; i <= 500; i++) {
      Atomics.store(words, WORD, i);
      there.notify();
      here.waitSync(is(words, ANSWER, i), PATIENCE_MS, late);
    }
    await child.finished();
  });
}

test("EventCount.notify(1) wakes one thread, and lets the others be woken later", async (both) => {
  const children = [1, 2, 3].map((i) => startChild("answers", { args: [both.memory.path, "take", `${i}`] }));
  try {
    await Promise.all(children.map((child) => child.printed("ready")));
    for (let i = 1; i <= children.length; i++) {
      await until(
        "those that are left to sleep",
        () => children.filter(({ pid }) => isAsleep(pid)).length > 3 - i,
      );
      Atomics.add(both.words, WORD, 1);
      both.there.notify(1);
      await until(`${i} to have taken one`, () => Atomics.load(both.words, ANSWER) === i);
    }
    await Promise.all(children.map((child) => child.finished()));
  } finally {
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
  }
});

test("EventCount.wait() ends with an abort, and what it waited for is there for the next", async ({ words, here }) => {
  const controller = new AbortController();
  const waiting = here.wait(is(words, WORD, 1), { signal: controller.signal }, late);
  assert(await stillWaits(waiting, 10));
  controller.abort();
  await assertRejects(() => waiting, DOMException);
  const next = here.wait(is(words, WORD, 1), {}, late);
  Atomics.store(words, WORD, 1);
  here.notify();
  assertEquals(await next, true);
});
