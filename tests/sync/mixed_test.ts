/** Who waits, and how, does not matter: processes, workers and parts of one thread, blocking or on the event loop. */

import { assert, assertEquals } from "@std/assert";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Lock,
  Queue,
  Semaphore,
  SharedArray,
  SharedEvent,
  type SharedObject,
} from "../../mod.ts";
import { takePart, type Together } from "../children/meets_others.ts";
import { startChild } from "../support/children.ts";
import { notOnLinux, test as testWithin } from "../support/shared_memory.ts";
import { compete, type Contender } from "../support/turns.ts";

/** A worker's program has its types checked before it runs: on a busy machine that takes long. */
function test(name: string, body: () => Promise<void>): void {
  testWithin(name, body, notOnLinux, 120_000);
}

const CONTENDERS: Contender[] = [
  { where: "process", form: "sync" },
  { where: "process", form: "async" },
  { where: "worker", form: "sync" },
  { where: "worker", form: "async" },
  { where: "here", form: "async" },
  { where: "here", form: "async" },
];
const PARTIES = CONTENDERS.length;

const HELD_BY_ONE = {
  Semaphore: () => Semaphore.create(),
  BoundedSemaphore: () => BoundedSemaphore.create(),
  Condition: () => Condition.create(),
};

for (const [kind, create] of Object.entries(HELD_BY_ONE)) {
  test(`${kind}: processes, workers and parts of one thread exclude each other, blocking or not`, async () => {
    using object = create();
    const { each, counted } = await compete(object, CONTENDERS, { turns: 300, work: 20 });
    assertEquals(each, CONTENDERS.map(() => 300));
    assertEquals(counted, 300 * PARTIES);
  });
}

const MIXED = [CONTENDERS[0]!, CONTENDERS[1]!, CONTENDERS[2]!, CONTENDERS[4]!];
const PROCESSES = MIXED.map((): Contender => ({ where: "process", form: "sync" }));

for (
  const [what, create, contenders] of [
    ["Lock: four contenders that wait in different ways", () => Lock.create(), MIXED],
    ["Semaphore: four processes", () => Semaphore.create(), PROCESSES],
  ] as const
) {
  test(`${what} have their fair part of the turns`, async () => {
    using object = create();
    const { each, counted } = await compete(object, contenders, { milliseconds: 5_000, work: 4_000 });
    const total = each.reduce((a, b) => a + b);
    const parts = each.map((turns) => 100 * turns / total);
    const named = parts.map((part, i) =>
      `${contenders[i]!.where} ${contenders[i]!.form} ${part.toFixed(1)} %`
    );
    console.log(`${(total / 5).toFixed(0)} turns/s: ${named.join(", ")}`);
    assertEquals(counted, total);
    assert(parts.every((part) => part >= 10), named.join());
  });
}

interface Case<T extends SharedObject> {
  create(numbers: SharedArray<"int32">): T;
  turns: number;
  check?(object: T, numbers: SharedArray<"int32">): Promise<void>;
}

function meet<T extends SharedObject>(kind: string, { create, turns, check }: Case<T>): void {
  test(`${kind}: processes, workers and parts of one thread wait for each other, blocking or not`, async () => {
    using numbers = SharedArray.create({ type: "int32", length: 4096 });
    using object = create(numbers);
    const said = await Promise.all(CONTENDERS.map(({ where, form }, place) => {
      const job: Together = {
        ...{ kind, form, place, parties: PARTIES, turns },
        object: object.share(),
        numbers: numbers.share(),
      };
      return where === "here" ? takePart(job) : where === "worker" ? inWorker(job) : inProcess(job);
    }));
    assertEquals(said, CONTENDERS.map(() => "done"));
    await check?.(object, numbers);
  });
}

async function inProcess(job: Together): Promise<string> {
  await using child = startChild("meets_others", { args: [JSON.stringify(job)] });
  return (await child.finished()).trim();
}

async function inWorker(job: Together): Promise<string> {
  const worker = new Worker(new URL("../children/meets_others.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
      worker.postMessage(job);
    });
  } finally {
    worker.terminate();
  }
}

meet("Barrier", { create: () => Barrier.create({ parties: PARTIES }), turns: 200 });

meet("Condition", {
  create: () => Condition.create(),
  turns: 100,
  check: (_, numbers) => Promise.resolve(assertEquals(numbers.load(0), 100 * PARTIES)),
});

meet("SharedArray", {
  create: (numbers) => SharedArray.from(numbers.share()),
  turns: 200,
  check: (_, numbers) => Promise.resolve(assertEquals(numbers.load(0), 200 * PARTIES)),
});

meet("SharedEvent", { create: () => SharedEvent.create(), turns: 100 });

meet("Queue", {
  create: () => Queue.create({ maxSize: 3 }),
  turns: 300,
  async check(queue, numbers) {
    await queue.join({ timeout: 5_000 });
    assert(numbers.array.subarray(0, 300 * PARTIES).every((times) => times === 1));
    assertEquals(queue.size, 0);
  },
});
