import { assertEquals, assertRejects } from "@std/assert";
import { Queue } from "../../mod.ts";
import type { QueuePeerJob } from "../children/queue_peer.ts";
import { NO_CHANNELS, signalsToEnd } from "../support/channels.ts";
import { startChild, type TestChild } from "../support/children.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";
import { until, within } from "../support/watchdog.ts";

/** Where children note what they took: how often each message. */
const NOTED = 1000;
const PAGE = 256 * 1024;

type Start = (job: Omit<QueuePeerJob, "queue" | "page">) => TestChild;

/** A test with a queue of bytes, a page for what children note, and children that are ended with it. */
function test(
  name: string,
  body: (queue: Queue<Uint8Array>, words: Int32Array<ArrayBuffer>, start: Start) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: NO_CHANNELS,
    fn: () => assertNoLeak(() => within(120_000, name, () => withQueue(body))),
  });
}

async function withQueue(
  body: (queue: Queue<Uint8Array>, words: Int32Array<ArrayBuffer>, start: Start) => Promise<void>,
): Promise<void> {
  using queue = Queue.create({ capacity: 4096, codec: "bytes" });
  using page = new SharedWords(undefined, PAGE);
  const children: TestChild[] = [];
  const start: Start = (job) => {
    const child = startChild("queue_peer", {
      args: [JSON.stringify({ ...job, queue: queue.share(), page: page.path })],
    });
    children.push(child);
    return child;
  };
  try {
    await body(queue, page.words, start);
  } finally {
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
    queue.close();
    await signalsToEnd();
  }
}

test("three producers and three consumers pass each value once", async (queue, words, start) => {
  const ways = ["sync", "async", "sync"] as const;
  const children = ways.flatMap((way, i) => [
    start({ job: "get", way, count: 3000, word: 10 + i }),
    start({ job: "put", way, count: 3000, from: i * 3000, word: 20 + i }),
  ]);
  for (const child of children) await child.finished();
  assertEquals(words.slice(NOTED, NOTED + 9000), new Int32Array(9000).fill(1));
  await queue.join();
  assertEquals([queue.size, words[0]], [0, 0]);
});

test("what one producer puts is taken in its order, beside others", async (queue, _, start) => {
  start({ job: "put", way: "sync", count: 3000, word: 20 });
  start({ job: "put", way: "async", count: 3000, from: 100_000, word: 21 });
  const last = [-1, 99_999];
  for (let i = 0; i < 6000; i++) {
    const number = numberOf(i % 3 === 0 ? queue.getSync() : await queue.get());
    const producer = number < 100_000 ? 0 : 1;
    assertEquals(number, last[producer]! + 1);
    last[producer] = number;
  }
});

test(
  "tasks of a consumer that was killed are lost, told once, and the others go on",
  async (queue, words, start) => {
    const killed = start({ job: "take", way: "sync", count: 2, word: 10 });
    for (let i = 0; i < 5; i++) queue.putSync(numbered(i));
    await until("two to be taken", () => Atomics.load(words, 10) === 2);
    const joined = queue.join();
    for (let i = 2; i < 5; i++) {
      assertEquals(numberOf(await queue.get()), i);
      queue.taskDone();
    }
    killed.kill("SIGKILL");
    await assertRejects(() => joined, Deno.errors.ConnectionReset, "2 tasks not done");
    await queue.join();
  },
);
