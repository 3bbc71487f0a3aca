import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DuplexChannel } from "../../mod.ts";
import { NO_CHANNELS, testChannel } from "../support/channels.ts";
import { startChild } from "../support/children.ts";
import { bytes, numbered, numberOf, text } from "../support/numbered.ts";
import { uniqueName } from "../support/temp.ts";

/** A test with both sides. */
function test(
  name: string,
  body: (mine: DuplexChannel, theirs: DuplexChannel) => Promise<void> | void,
): void {
  testChannel(name, { capacity: 4096 }, async () => {
    using mine = DuplexChannel.create({ capacity: 4096 });
    using theirs = DuplexChannel.from(mine.share());
    await body(mine, theirs);
  });
}

const reversed = (request: Uint8Array) => request.slice().reverse();

test("each side receives what the other one sent", async (mine, theirs) => {
  for (let i = 0; i < 500; i++) {
    mine.sendSync(numbered(i));
    await theirs.send(numbered(i + 1000));
    assertEquals(numberOf((await theirs.recv())!), i);
    assertEquals(numberOf(mine.recvSync()!), i + 1000);
  }
});

test("request() gets the reply, and several at once get theirs", async (mine, theirs) => {
  const serving = theirs.serve(reversed);
  const requests = Array.from({ length: 50 }, (_, i) => `request ${i}`);
  const replies = await Promise.all(requests.map((request) => mine.request(bytes(request))));
  assertEquals(replies.map(text), requests.map((request) => [...request].reverse().join("")));
  mine.close();
  await serving;
});

test("a reply that comes too late is not the next one's", async (mine, theirs) => {
  const late = mine.request(bytes("one"), { timeout: 10 });
  await assertRejects(() => late, Deno.errors.TimedOut, "none came within 10 ms");
  const controller = new AbortController();
  const second = mine.request(bytes("two"), { signal: controller.signal });
  const third = mine.request(bytes("three"));
  controller.abort(new RangeError("enough"));
  await assertRejects(() => second, RangeError);
  assertThrows(() => mine.requestSync(bytes("no")), Deno.errors.Busy, "an asynchronous request waits");
  for (let i = 0; i < 3; i++) theirs.sendSync(reversed(theirs.recvSync()!));
  assertEquals(text(await third), "eerht");
  assertThrows(() => mine.requestSync(bytes("four"), { timeout: 10 }), Deno.errors.TimedOut);
  theirs.sendSync(bytes("4"));
  theirs.sendSync(bytes("5"));
  assertEquals(text(mine.requestSync(bytes("five"))), "5");
  theirs.sendSync(bytes("6"));
  assertEquals(text(await mine.request(bytes("six"))), "6");
});

test("requests that wait end with the other side", async (mine, theirs) => {
  const waiting = [mine.request(bytes("a")), mine.request(bytes("b"))];
  await theirs.recv();
  theirs.close();
  for (const request of waiting) {
    await assertRejects(() => request, Deno.errors.UnexpectedEof, "the other side has closed the channel");
  }
  await assertRejects(() => mine.request(bytes("c")), Deno.errors.BrokenPipe);
  assertThrows(() => mine.requestSync(bytes("c")), Deno.errors.BrokenPipe);
});

test(
  "what a reply throws ends the serving, and the requests with it when it closes",
  async (mine, theirs) => {
    const request = mine.request(bytes("a"));
    const serving = theirs.serve(() => {
      throw new RangeError("mine");
    });
    await assertRejects(() => serving, RangeError, "mine");
    theirs.close();
    await assertRejects(() => request, Deno.errors.UnexpectedEof);
  },
);

test("a third side is refused, and disturbs nobody", (mine, theirs) => {
  assertThrows(() => DuplexChannel.from(mine.share()), Deno.errors.Busy, "it has a producer already");
  mine.sendSync(bytes("still"));
  assertEquals(text(theirs.recvSync()), "still");
});

Deno.test({
  name: "a process replies, sync and async, until it is killed",
  ignore: NO_CHANNELS,
  async fn() {
    for (const way of ["sync", "async"]) {
      using channel = DuplexChannel.create({ name: uniqueName("ipc-test-duplex") });
      await using child = startChild("duplex_replies", { args: [channel.name!, way] });
      await child.printed("ready");
      channel.unlink();
      for (let i = 0; i < 200; i++) {
        const request = numbered(i);
        const reply = i % 2 === 0 ? await channel.request(request) : channel.requestSync(request);
        assertEquals(reply, reversed(request));
      }
      const last = channel.request(bytes("hang"));
      child.kill("SIGKILL");
      await assertRejects(() => last, Deno.errors.ConnectionReset);
      assert(!channel.closed);
    }
  },
});
