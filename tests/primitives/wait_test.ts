import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { wait } from "../../lib/primitives/wait.ts";

const late = (timeout: number) => new Deno.errors.TimedOut(`late by ${timeout}`);
const never = () => () => {};

/** A signal that counts who listens to it. */
function countedSignal(controller = new AbortController()) {
  const { signal } = controller;
  let listeners = 0;
  const count = (name: "addEventListener" | "removeEventListener", by: number) => {
    Object.defineProperty(signal, name, {
      value: (...args: Parameters<EventTarget["addEventListener"]>) => {
        listeners += by;
        EventTarget.prototype[name].apply(signal, args);
      },
    });
  };
  count("addEventListener", 1);
  count("removeEventListener", -1);
  return { controller, signal, listeners: () => listeners };
}

Deno.test("wait() resolves and rejects as its body does", async () => {
  assertEquals(await wait<number>({}, late, ({ resolve }) => (resolve(5), () => {})), 5);
  const reason = new Error("no");
  const failing = wait({}, late, ({ reject }) => (reject(reason), () => {}));
  assertStrictEquals(await assertRejects(() => failing), reason);
});

Deno.test("wait() leaves no timer and no listener behind, however it ends", async () => {
  // The test runner's sanitizer sees a timer that is left.
  const { controller, signal, listeners } = countedSignal();
  await wait<void>({ signal, timeout: 60_000 }, late, ({ resolve }) => (queueMicrotask(resolve), () => {}));
  assertEquals(listeners(), 0);
  await wait({ signal, timeout: 60_000 }, late, ({ reject }) => (queueMicrotask(() => reject(1)), () => {}))
    .catch(() => {});
  assertEquals(listeners(), 0);
  await assertRejects(() => wait({ signal, timeout: 1 }, late, never), Deno.errors.TimedOut, "late by 1");
  assertEquals(listeners(), 0);
  const aborted = wait({ signal, timeout: 60_000 }, late, never);
  controller.abort("enough");
  assertEquals(await aborted.catch((reason) => reason), "enough");
  assertEquals(listeners(), 0);
});

Deno.test("wait() does not begin with a signal that is aborted", async () => {
  let begun = false;
  const signal = AbortSignal.abort("before");
  const waiting = wait({ signal }, late, () => {
    begun = true;
    return () => {};
  });
  assertEquals([await waiting.catch((reason) => reason), begun], ["before", false]);
});

Deno.test("what a cancel finds came in before the end", async () => {
  const controller = new AbortController();
  const waiting = wait<string>({ signal: controller.signal }, late, () => () => "just in time");
  controller.abort();
  assertEquals(await waiting, "just in time");
  assertEquals(await wait<string>({ timeout: 0 }, late, () => () => "in time"), "in time");
});

Deno.test("a cancel that throws rejects with that", async () => {
  const failing = wait({ timeout: 0 }, late, () => () => {
    throw new RangeError("cannot");
  });
  await assertRejects(() => failing, RangeError, "cannot");
});

Deno.test("a wait can settle as usual while its cancel takes time", async () => {
  const waiting = wait<string>({ timeout: 0 }, late, ({ resolve }) => async () => {
    await Promise.resolve();
    resolve("written meanwhile");
  });
  assertEquals(await waiting, "written meanwhile");
});

Deno.test("a time-out longer than a timer can count does not end the wait at once", async () => {
  for (const timeout of [2 ** 31, 2 ** 40, Infinity]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = wait<string>(
      { timeout },
      late,
      (settle) => (promise.then(() => settle.resolve("in time")), () => {}),
    );
    setTimeout(resolve, 5);
    assertEquals(await waiting, "in time");
  }
});

Deno.test("an error in beginning a wait leaves nothing behind", () => {
  const { signal, listeners } = countedSignal();
  const begin = () => {
    throw new RangeError("cannot begin");
  };
  assertThrows(() => wait({ signal, timeout: 60_000 }, late, begin), RangeError, "cannot begin");
  assertEquals(listeners(), 0);
});
