/** Turns at a lock, by processes, workers and parts of this thread at the same time. */

import { SharedArray, type SharedObject } from "../../mod.ts";
import { takeTurns, type Task } from "../children/turns.ts";
import { startChild } from "./children.ts";

/** One that takes turns. */
export interface Contender {
  where: "process" | "worker" | "here";
  form: "async" | "sync";
}

/** What became of it. */
export interface Turns {
  /** What each had. */
  each: number[];
  /** What was counted under the lock: the same in all, unless two were in it at once. */
  counted: number;
}

/** Lets all take turns, at a lock that they share, so many or for so long. */
export async function compete(
  lock: SharedObject,
  contenders: readonly Contender[],
  options: { turns?: number; milliseconds?: number; work?: number },
): Promise<Turns> {
  using numbers = SharedArray.create({ type: "int32", length: 8 });
  numbers.store(3, contenders.length);
  const kind = lock.constructor.name as Task["kind"];
  const { milliseconds, ...rest } = options;
  const running = contenders.map(({ where, form }) => {
    const task: Task = { kind, form, numbers: numbers.share(), lock: lock.share(), ...rest };
    return where === "here" ? takeTurns(task) : where === "worker" ? inWorker(task) : inProcess(task);
  });
  if (milliseconds !== undefined) {
    for (let begun = 0; begun < contenders.length; begun = numbers.load(2)) {
      await numbers.wait(2, begun).catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    numbers.store(1, 1);
  }
  const each = await Promise.all(running);
  return { each, counted: numbers.load(0) };
}

async function inProcess(task: Task): Promise<number> {
  await using child = startChild("turns", { args: [JSON.stringify(task)] });
  return Number(await child.finished(0, 120_000));
}

async function inWorker(task: Task): Promise<number> {
  const worker = new Worker(new URL("../children/turns_worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
      worker.postMessage(task);
    });
  } finally {
    worker.terminate();
  }
}
