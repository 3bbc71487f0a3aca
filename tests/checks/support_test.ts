import { assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { assertNoLeak } from "../support/descriptors.ts";
import { tempDir } from "../support/temp.ts";
import { finish, until, WatchdogError, within } from "../support/watchdog.ts";

Deno.test("within() returns what its body returns", async () => {
  assertEquals(await within(30_000, "nothing", () => Promise.resolve(7)), 7);
});

Deno.test("within() names what was waited for, and aborts its signal", async () => {
  let reason: unknown;
  const never = (signal: AbortSignal) =>
    new Promise<never>(() => signal.addEventListener("abort", () => reason = signal.reason));
  const error = await assertRejects(
    () => within(20, "the moon", never),
    WatchdogError,
    "20 ms waiting for the moon",
  );
  assertEquals(reason, error);
});

Deno.test("until() gives up on a condition that never holds", async () => {
  await assertRejects(() => until("pigs to fly", () => false, 20), WatchdogError, "pigs to fly");
});

Deno.test("finish() kills a command that does not end, and shows what it printed", async () => {
  const started = performance.now();
  const error = await assertRejects(
    () => finish("sh", { args: ["-c", "echo begun; exec sleep 60"] }, 1_000),
    WatchdogError,
    'waiting for "sh -c echo begun',
  );
  assertStringIncludes(error.message, "\nbegun");
  assertLess(performance.now() - started, 30_000);
});

Deno.test("assertNoLeak() names a descriptor that stays open", async () => {
  using dir = tempDir();
  const path = dir.join("left_open");
  let file: Deno.FsFile | undefined;
  await assertRejects(() => assertNoLeak(() => file = Deno.createSync(path), { settle: 50 }), Error, path);
  file?.close();
});

Deno.test("assertNoLeak() accepts a body that closes what it opens, a child included", async () => {
  await assertNoLeak(async () => {
    using _file = await Deno.open("/dev/null");
    await finish("true");
  });
});
