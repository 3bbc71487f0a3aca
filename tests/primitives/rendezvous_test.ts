import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { rendezvous, rendezvousSync } from "../../lib/primitives/rendezvous.ts";
import { openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const late = (timeout: number) => new Deno.errors.TimedOut(`nobody within ${timeout} ms`);
const never = () => undefined;

/** A fake pause for the blocking form: it remembers how long it was told to be. */
function pauses(): { pause: (milliseconds: number) => void; told: number[] } {
  const told: number[] = [];
  return { pause: (milliseconds) => void told.push(milliseconds), told };
}

Deno.test("rendezvous() looks again until there is something, and then no more", async () => {
  let looks = 0;
  assertEquals(await rendezvous(() => ++looks === 5 ? "found" : undefined, {}, late), "found");
  await assertRejects(() => rendezvous(never, { timeout: 50 }, late), Deno.errors.TimedOut);
  assertEquals(looks, 5);
});

Deno.test("rendezvous() rejects with what the attempt throws, and the others wait on", async () => {
  const failure = new Error("failed");
  const door: { who?: string } = {};
  const other = rendezvous(() => door.who, {}, late);
  let looks = 0;
  const failing = rendezvous(
    () => {
      if (++looks === 2) throw failure;
    },
    {},
    late,
  );
  assertStrictEquals(await assertRejects(() => failing), failure);
  door.who = "found";
  assertEquals(await other, "found");
  assertEquals(looks, 2);
});

Deno.test("rendezvous() looks a last time when it times out or is aborted: who is there was not in vain", async () => {
  const door: { who?: string } = {};
  let withdrawn = false;
  const withdraw = () => {
    withdrawn = true;
  };
  const controller = new AbortController();
  const waiting = rendezvous(() => door.who, { signal: controller.signal }, late, withdraw);
  door.who = "came just before";
  controller.abort();
  assertEquals(await waiting, "came just before");
  assert(!withdrawn);
  let inTime: string | undefined;
  setTimeout(() => inTime = "came in the last moment", 30);
  const timing = rendezvous(() => inTime, { timeout: 30 }, late, withdraw);
  assertEquals(await timing, "came in the last moment");
  assert(!withdrawn);
});

Deno.test("rendezvous() withdraws at once, before other listeners of the signal run", async () => {
  const controller = new AbortController();
  const order: string[] = [];
  const waiting = rendezvous(never, { signal: controller.signal }, late, () => order.push("withdrawn"));
  controller.signal.addEventListener("abort", () => order.push("other listener"));
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  assertEquals(order, ["withdrawn", "other listener"]);
});

Deno.test("rendezvous() that times out waits at least so long, and ends one wait alone", async () => {
  const door: { who?: string } = {};
  const other = rendezvous(() => door.who, { timeout: PATIENCE_MS }, late);
  const begin = performance.now();
  await assertRejects(() => rendezvous(never, { timeout: 60 }, late), Deno.errors.TimedOut, "within 60 ms");
  assert(performance.now() - begin >= 59);
  door.who = "found";
  assertEquals(await other, "found");
});

Deno.test("rendezvous() of many are all served, those that come during the look too", async () => {
  const begun: Promise<number>[] = [];
  let open = false;
  for (let index = 0; index < 500; index++) begun.push(rendezvous(() => open ? index : undefined, {}, late));
  begun.push(rendezvous(
    () => {
      if (!open) return;
      begun.push(rendezvous(() => 1000, {}, late));
      return 500;
    },
    {},
    late,
  ));
  open = true;
  await within(PATIENCE_MS, "500 waits", () => Promise.all(begun));
  assertEquals(await begun.at(-1), 1000);
  assertEquals(begun.length, 502);
});

Deno.test("rendezvousSync() returns at the first look when somebody is there", () => {
  const { pause, told } = pauses();
  assertEquals(rendezvousSync(() => "there", 0, late, pause), "there");
  assertEquals(told, []);
});

Deno.test("rendezvousSync() looks less and less often, and never later than the time-out", () => {
  const { pause, told } = pauses();
  let looks = 0;
  rendezvousSync(() => ++looks === 8 || undefined, PATIENCE_MS, late, pause);
  assertEquals(told, [1, 2, 4, 8, 16, 16, 16]);
  const left = pauses();
  const begin = performance.now();
  assertThrows(() => rendezvousSync(never, 5, late, left.pause), Deno.errors.TimedOut, "within 5 ms");
  assert(performance.now() - begin >= 5);
  assert(left.told.every((milliseconds) => milliseconds <= 5));
});

Deno.test("rendezvousSync() looks once with a time-out of 0, and throws what the attempt throws", () => {
  let looks = 0;
  const { pause, told } = pauses();
  assertThrows(() => rendezvousSync(() => void looks++, 0, late, pause), Deno.errors.TimedOut);
  assertEquals([looks, told], [1, []]);
  const failure = new Error("failed");
  const attempt = () => {
    throw failure;
  };
  assertStrictEquals(assertThrows(() => rendezvousSync(attempt, 100, late, pause)), failure);
});

Deno.test("200 fifos that wait to be opened leave files and timers working, cost little, and are all opened", async () => {
  using dir = tempDir();
  await using child = startChild("fifo_waiters", { args: [dir.path, "100"] });
  await child.printed("}\n");
  const { share, ticks, reads, threads } = JSON.parse(child.stdout.split("\n")[0]!);
  assertEquals(reads, ticks);
  assert(ticks >= 3, `Only ${ticks} turns in 2 s`);
  assert(share < 0.5, `Took ${Math.round(share * 100)} % of a core`);
  assert(threads < 10, `Took ${threads} threads`);
  // The peers block in turns, so that this process too leaves none of its own waiting.
  for (let index = 0; index < 100; index++) {
    const writer = index % 2
      ? await openFifoWriter(`${dir.path}/reader${index}`)
      : openFifoWriterSync(`${dir.path}/reader${index}`);
    const reader = index % 2
      ? await openFifoReader(`${dir.path}/writer${index}`)
      : openFifoReaderSync(`${dir.path}/writer${index}`);
    if (index % 10 === 0) assertEquals(reader.tryRead(new Uint8Array(1)), 0);
    reader.close();
    writer.close();
  }
  assert((await child.finished()).endsWith("opened 200\n"));
});
