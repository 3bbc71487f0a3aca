import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SharedEvent } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertFails } from "../support/errors.ts";
import { test } from "../support/shared_memory.ts";

test("SharedEvent: all that wait go on when it is set, in any process, blocking or not", async () => {
  using event = SharedEvent.create();
  const token = JSON.stringify(event.share());
  await using blocking = startChild("waits_for_event", { args: [token, "sync"] });
  await using other = startChild("waits_for_event", { args: [token, "async"] });
  await Promise.all([blocking.printed("waiting"), other.printed("waiting")]);
  const here = [event.wait(), event.wait({ timeout: 30_000 })];
  assertEquals(event.isSet, false);
  event.set();
  await Promise.all([...here, blocking.finished(), other.finished()]);
  assertEquals(event.isSet, true);
  event.waitSync();
  await event.wait();
});

test("SharedEvent: who waits goes on although it is cleared at once", async () => {
  using event = SharedEvent.create();
  using other = SharedEvent.from(event.share());
  const waiting = event.wait();
  other.set();
  other.clear();
  await waiting;
  assertEquals(event.isSet, false);
});

test("SharedEvent: once cleared, it is waited for again", async () => {
  using event = SharedEvent.create();
  event.set();
  event.set();
  event.clear();
  assertThrows(() => event.waitSync({ timeout: 5 }), Deno.errors.TimedOut, "not set");
  await assertFails(() => event.wait({ timeout: 5 }), { type: Deno.errors.TimedOut, code: "ETIMEDOUT" });
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = event.wait({ signal: controller.signal });
  controller.abort(reason);
  await assertRejects(() => waiting, Error, "enough");
  event.set();
  await event.wait({ timeout: 0 });
});

test("SharedEvent: closing ends the waits of this handle, and everything after it is an error", async () => {
  using event = SharedEvent.create();
  const other = SharedEvent.from(event.share());
  const waiting = assertRejects(() => other.wait(), Deno.errors.BadResource, "closed");
  await Promise.resolve();
  other.close();
  await waiting;
  for (const use of [() => other.set(), () => other.clear(), () => other.isSet, () => other.waitSync()]) {
    assertThrows(use, Deno.errors.BadResource, "closed");
  }
  event.set();
  assert(event.isSet);
});
