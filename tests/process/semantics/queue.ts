import { assertEquals, assertRejects } from "@std/assert";
import { Queue, SharedEvent } from "../../../mod.ts";
import { startedWith } from "../../support/processes_of_ours.ts";
import { attempt, type Row } from "../../support/semantics.ts";

const MORE = new URL("../../children/process_semantics.ts", import.meta.url).href;

/** "Pipes and Queues": Queue, SimpleQueue, JoinableQueue. */
export const QUEUE: Row[] = [
  {
    id: "Queue order",
    says: "Queues are FIFO, for many producers and consumers, in threads and processes.",
    async ours() {
      using queue = Queue.create<"structured">();
      await using process = startedWith({ entry: "putMany", args: [queue, 5] }, MORE);
      const got = [];
      for (let i = 0; i < 5; i++) got.push(await queue.get({ timeout: 30_000 }));
      await process.join();
      return got;
    },
  },
  {
    id: "Queue.put",
    says: "It waits for a free slot when the queue is full, or raises Full after a time-out or at once.",
    async ours() {
      using queue = Queue.create({ maxSize: 1 });
      queue.putSync(1);
      assertEquals(queue.tryPut(2), false);
      const outcome = await attempt(() => queue.put(2, { timeout: 1 }));
      await assertRejects(() => queue.put(2, { timeout: 1 }), Deno.errors.TimedOut);
      return [outcome, queue.size];
    },
  },
  {
    id: "Queue.get",
    says: "It waits for an item, or raises Empty after a time-out.",
    async ours() {
      using queue = Queue.create();
      return await attempt(() => queue.get({ timeout: 1 }));
    },
  },
  {
    id: "Queue.put_nowait, get_nowait",
    says: "They are put and get that do not wait: they raise Full and Empty.",
    ours() {
      using queue = Queue.create({ maxSize: 1 });
      assertEquals([queue.tryGet(), queue.tryPut(1), queue.tryPut(2), queue.tryGet()], [
        undefined,
        true,
        false,
        1,
      ]);
    },
    differs: "tryPut and tryGet return false and undefined: that a queue is full or empty is no error.",
  },
  {
    id: "Queue.qsize",
    says: "The approximate size; where the system cannot count it raises NotImplementedError.",
    ours() {
      using queue = Queue.create();
      queue.putSync("a");
      queue.putSync("b");
      assertEquals(queue.size, 2);
    },
  },
  {
    id: "Queue.empty, Queue.full",
    says: "Whether it is empty or full, which may be otherwise a moment later.",
    ours() {
      using queue = Queue.create({ maxSize: 1 });
      const before = [queue.size === 0, queue.size === queue.maxSize];
      queue.putSync(1);
      return [...before, queue.size === 0, queue.size === queue.maxSize];
    },
    differs: "There is `size`, beside `maxSize`: the names would promise more than the moment.",
  },
  {
    id: "Queue(maxsize)",
    says: "Without a maximum size it takes any number of items.",
    ours() {
      using queue = Queue.create({ capacity: 4096 });
      let count = 0;
      while (queue.tryPut("x".repeat(100))) count++;
      assertEquals(count > 10 && count < 41, true);
    },
    differs:
      "It holds what its shared memory has room for, 1 MiB unless told: a producer cannot fill the memory of all.",
  },
  {
    id: "Queue visible at once",
    says: "After put() into an empty queue there may be a moment in which empty() is still true.",
    ours() {
      using queue = Queue.create();
      queue.putSync(1);
      assertEquals([queue.size, queue.tryGet()], [1, 1]);
    },
    differs: "There is no thread between: when put() is done the value is there for all.",
  },
  {
    id: "Queue pickles later",
    says: "An item is pickled by a thread some time after put(), so that a change in between is sent.",
    async ours() {
      using queue = Queue.create();
      const item = { n: 1 };
      const putting = queue.put(item);
      item.n = 2;
      await putting;
      assertEquals(await queue.get(), { n: 1 });
    },
    differs: "A value is what it is when it is put.",
  },
  {
    id: "Queue.close",
    says: "This process puts no more: a put() after that is an error.",
    async ours() {
      const queue = Queue.create();
      queue.close();
      return await attempt(() => queue.put(1));
    },
  },
  {
    id: "Queue.join_thread, cancel_join_thread",
    says: "They join the feeder thread, or keep the exit from doing that, at the risk of losing data.",
    differs:
      "There is no feeder thread: what was put is in shared memory, and outlives the process that put it.",
  },
  {
    id: "Joining processes that use queues",
    says: "A child that has put items does not end before they are taken: to join it first is a deadlock.",
    async ours() {
      using queue = Queue.create<"structured">();
      await using process = startedWith({ entry: "putMany", args: [queue, 1000] }, MORE);
      assertEquals(await process.join(), 0);
      assertEquals(queue.size, 1000);
    },
    differs: "It ends when its last put() is done, and the values stay.",
  },
  {
    id: "Queue and killed processes",
    says: "A queue is likely to be corrupted when a process is killed while it uses it.",
    async ours() {
      using queue = Queue.create<"structured">();
      for (let round = 0; round < 3; round++) {
        using taken = SharedEvent.create();
        const process = startedWith({ entry: "takeForever", args: [queue, taken] }, MORE);
        while (!taken.isSet) await queue.put(round, { timeout: 30_000 });
        process.kill();
        await process.join();
      }
      while (queue.tryGet() !== undefined);
      await queue.put("sound");
      assertEquals(await queue.get({ timeout: 30_000 }), "sound");
    },
    differs: "Who is killed inside get() has taken its value or has not; the others go on.",
  },
  {
    id: "Queue across hosts",
    says: "A queue is for processes of one machine; a manager's queue is for others.",
    differs: "The same here: ManagedQueue has put, get, taskDone and join, over unix: or tcp:.",
  },
  {
    id: "SimpleQueue",
    says: "A simplified queue with empty, get, put and close.",
    differs: "Queue is as simple where nothing else of it is used, and needs no thread either.",
  },
  {
    id: "JoinableQueue.task_done",
    says: "It is called once for each item that was taken, and raises ValueError when called too often.",
    async ours() {
      using queue = Queue.create();
      queue.putSync(1);
      queue.tryGet();
      queue.taskDone();
      return await attempt(() => queue.taskDone());
    },
  },
  {
    id: "JoinableQueue.join",
    says: "It blocks until all items have been taken and task_done() was called for each.",
    async ours() {
      using queue = Queue.create();
      await queue.put(1);
      await assertRejects(() => queue.join({ timeout: 1 }), Deno.errors.TimedOut);
      const joining = queue.join({ timeout: 30_000 });
      await queue.get();
      queue.taskDone();
      await joining;
    },
  },
  {
    id: "JoinableQueue: unfinished for ever",
    says: "When a consumer dies with a task, join() waits for ever.",
    async ours() {
      using queue = Queue.create<"structured">();
      using taken = SharedEvent.create();
      await queue.put(1);
      const process = startedWith({ entry: "takeForever", args: [queue, taken] }, MORE);
      await taken.wait({ timeout: 30_000 });
      process.kill();
      await process.join();
      await assertRejects(() => queue.join({ timeout: 30_000 }), Deno.errors.ConnectionReset);
    },
    differs: "It is told: join() rejects, and says how many tasks were lost.",
  },
  {
    id: "time-outs",
    says: "Time-outs are seconds, as fractions; None waits for ever.",
    differs: "They are milliseconds, as everywhere in JavaScript, in the option `timeout`, beside `signal`.",
  },
];
