import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Channel, spawn } from "../../mod.ts";
import type { PeerJob } from "../children/channel_peer.ts";
import { testChannel as test } from "../support/channels.ts";
import { startChild } from "../support/children.ts";
import { bytes, numbered, numberOf, text } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";
import { uniqueName } from "../support/temp.ts";
import { until } from "../support/watchdog.ts";

function startPeer(job: PeerJob) {
  return startChild("channel_peer", { args: [JSON.stringify(job)] });
}

const SMALL = { capacity: 4096 };
const LARGE = { capacity: 4096, maxMessageSize: 1 << 20 };
const WAYS = {
  sync: ["sync"],
  async: ["async"],
  "without a copy": ["zero-copy"],
  "in turns": ["async", "sync"],
};

for (const [theirs, ways] of Object.entries(WAYS) as [string, PeerJob["ways"]][]) {
  for (const ours of ["async", "sync"] as const) {
    test(`a process that sends ${theirs} is received ${ours}`, SMALL, async (channel) => {
      await using child = startPeer({ channel: channel.share(), job: "produce", ways, count: 5000 });
      for (let i = 0; i < 5000; i++) {
        assertEquals(numberOf((ours === "async" ? await channel.recv() : channel.recvSync())!), i);
      }
      assertEquals(await channel.recv(), null);
      await child.finished();
    });

    test(`a process that receives ${theirs} gets what is sent ${ours}`, SMALL, async (channel) => {
      await using child = startPeer({ channel: channel.share(), job: "consume", ways, count: 5000 });
      for (let i = 0; i < 5000; i++) {
        if (ours === "async") await channel.send(numbered(i));
        else channel.sendSync(numbered(i));
      }
      await child.finished();
    });
  }
}

for (const spin of [0, 50, undefined]) {
  test(`messages that are larger than the ring go to and fro, with spin ${spin}`, LARGE, async (channel) => {
    channel.spin = spin;
    const job = { job: "produce", ways: ["async", "sync"], count: 300, longest: 30_000 } as const;
    await using child = startPeer({ ...job, ways: [...job.ways], channel: channel.share(), spin: spin! });
    for (let i = 0; i < 300; i++) {
      const message = i % 3 === 0 ? await channel.recv() : channel.recvSync();
      assertEquals(numberOf(message!, 30_000), i);
    }
    assertEquals(channel.recvSync(), null);
    await child.finished();
  });
}

test("a worker is the other side, by its token", SMALL, async (channel) => {
  const worker = new Worker(new URL("../children/channel_peer.ts", import.meta.url), { type: "module" });
  try {
    const done = new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    worker.postMessage({ channel: channel.share(), job: "produce", ways: ["sync", "async"], count: 3000 });
    let received = 0;
    for await (const message of channel) assertEquals(numberOf(message), received++);
    assertEquals([received, await done], [3000, "done"]);
  } finally {
    worker.terminate();
  }
});

test("a child inherits a channel", SMALL, async (channel) => {
  const program = `
    const { Channel } = await import("${new URL("../../mod.ts", import.meta.url)}");
    using channel = Channel.inherited(3);
    channel.sendSync(new TextEncoder().encode("from the child"));
  `;
  const child = spawn(Deno.execPath(), { args: ["eval", program], fds: { 3: channel } });
  assertEquals(text(await channel.recv()), "from the child");
  assertEquals(await channel.recv(), null);
  assert((await child.status).success);
});

test("a process opens a channel by its name", SMALL, async () => {
  using channel = Channel.create({ name: uniqueName("ipc-test-channel"), capacity: 4096 });
  try {
    await using child = startPeer({ channel: channel.name!, job: "produce", ways: ["sync"], count: 100 });
    for (let i = 0; i < 100; i++) assertEquals(numberOf((await channel.recv())!), i);
    await child.finished();
  } finally {
    channel.unlink();
  }
});

test("an end that another process has is refused here", SMALL, async (channel) => {
  await using _child = startPeer({ channel: channel.share(), job: "take", ways: ["sync"], count: 1 });
  assertEquals(text(await channel.recv()), "taken");
  assertThrows(() => channel.trySend(bytes("a")), Deno.errors.Busy, "it has a producer already");
});

test(
  "what is reserved and not committed is never received, also when the producer is killed",
  SMALL,
  async (channel) => {
    using page = new SharedWords();
    const job = { job: "reserve", ways: ["sync"], count: 1, page: page.path } as const;
    await using child = startPeer({ ...job, ways: ["sync"], channel: channel.share() });
    await until("the child to reserve", () => Atomics.load(page.words, 0) === 1);
    assertEquals(channel.tryRecv(), undefined);
    child.kill("SIGKILL");
    await assertRejects(
      () => channel.recv(),
      Deno.errors.ConnectionReset,
      "its producer ended without closing it",
    );
    assertThrows(() => channel.recvSync(), Deno.errors.ConnectionReset);
    assertThrows(() => channel.tryRecv(), Deno.errors.ConnectionReset);
  },
);

test("a thread that ends without closing its end ends the channel", SMALL, async () => {
  // In a process of its own: a thread's descriptors stay until its process ends.
  await using child = startChild("ended_thread");
  assertEquals(await child.finished(), "taken\nConnectionReset\n");
});

test("a blocked call notices within a moment that the other side was killed", SMALL, async (channel) => {
  await using child = startPeer({ channel: channel.share(), job: "take", ways: ["sync"], count: 1 });
  assertEquals(text(channel.recvSync()), "taken");
  setTimeout(() => {}, 0);
  const killer = new Deno.Command("sh", { args: ["-c", `sleep 0.1; kill -9 ${child.pid}`] }).spawn();
  assertThrows(() => channel.recvSync({ timeout: 10_000 }), Deno.errors.ConnectionReset);
  await killer.status;
});
