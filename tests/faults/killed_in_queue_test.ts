/**
 * Processes that are killed at random moments inside `put` and `get`, or with a task that is not done, all with one
 * queue: the others go on within a second, nothing that was put is lost but what a dead consumer had in its hands,
 * nothing is torn, and nothing comes twice. Two survivors block their threads, one puts and one gets; this one does both
 * on the event loop. Every other victim is killed while it waits.
 */

import { assert, assertEquals } from "@std/assert";
import { Queue } from "../../mod.ts";
import {
  GETTER_IDLE,
  NOTED,
  PUTTER_IDLE,
  type QueueLoopJob,
  RANGE,
  STOP_GETTING,
  STOP_PUTTING,
  SURVIVOR_GOT,
  SURVIVOR_PUT,
  VICTIM_DID,
  WRONG,
} from "../children/queue_loop.ts";
import { startChild } from "../support/children.ts";
import { anyMoment, killRounds, partOfRounds, type Round, soon } from "../support/kill_rounds.ts";
import { numbered, numberOf } from "../support/numbered.ts";
import { test } from "../support/shared_memory.ts";
import { SharedWords } from "../support/shared_words.ts";

const ROUNDS = partOfRounds(72);
/** The survivor's messages, and this process's: the victims' come before. */
const SURVIVORS = ROUNDS * RANGE;
const OURS = 6 * SURVIVORS;
const PAGE = 4 * (NOTED + OURS + RANGE);

class Scene {
  readonly #name: string;
  readonly #queue: Queue<Uint8Array>;
  readonly #page: SharedWords;
  #ours = OURS;
  /** How much of what the survivor has put was looked at. */
  #seen = 0;
  /** Tasks that the dead had not done. */
  lost = 0;

  constructor(name: string, queue: Queue<Uint8Array>, page: SharedWords) {
    this.#name = name;
    this.#queue = queue;
    this.#page = page;
  }

  start(job: Pick<QueueLoopJob, "job" | "form" | "count" | "numbers" | "stop">) {
    const todo: QueueLoopJob = { ...job, queue: this.#name, page: this.#page.path, pageSize: PAGE };
    return startChild("queue_loop", { args: [JSON.stringify(todo)] });
  }

  round(number: number): Round {
    const { words } = this.#page;
    const job = (number & 1) === 0 ? "put" : "get";
    const form = (number & 2) === 0 ? "sync" : "async";
    const waits = (number & 4) !== 0;
    const numbers: [number, number] = [number * RANGE, (number + 1) * RANGE];
    return {
      victim: this.start({ job, form, count: VICTIM_DID, ...(job === "put" ? { numbers } : {}) }),
      busy: async () => {
        words[VICTIM_DID] = 0;
        const enough = Math.random() * (form === "sync" ? 100 : 30);
        await soon(() => words[VICTIM_DID]! > enough);
        if (waits) Atomics.store(words, job === "put" ? STOP_GETTING : STOP_PUTTING, 1);
        await anyMoment();
      },
      goOn: () => this.#goOn(),
      check: () => this.#check(job, numbers[0], `round ${number}, ${job} ${form}`),
    };
  }

  async #goOn(): Promise<void> {
    const { words } = this.#page;
    const moved = [SURVIVOR_GOT, SURVIVOR_PUT].map((word) => [word, words[word]!] as const);
    Atomics.store(words, STOP_GETTING, 0);
    Atomics.store(words, STOP_PUTTING, 0);
    const ours = this.#ours++;
    await Promise.all([this.#queue.put(numbered(ours)), this.#take()]);
    await soon(() => words[NOTED + ours] === 1 && moved.every(([word, before]) => words[word] !== before));
  }

  async #take(): Promise<void> {
    const number = numberOf(await this.#queue.get());
    Atomics.add(this.#page.words, NOTED + number, 1);
    this.#queue.taskDone();
  }

  /** With the survivors at rest. */
  async #check(job: "put" | "get", first: number, what: string): Promise<void> {
    const { words } = this.#page;
    Atomics.store(words, STOP_PUTTING, 1);
    await soon(() => Atomics.load(words, PUTTER_IDLE) === 1);
    const lost = await this.#join();
    this.lost += lost;
    assert(lost <= (job === "get" ? 1 : 0), `${lost} tasks lost, ${what}`);
    await soon(() => this.#queue.size === 0);
    const [putBySurvivor, put] = [words[SURVIVOR_PUT]!, words[VICTIM_DID]!];
    const missing = this.#missing(SURVIVORS + this.#seen, SURVIVORS + putBySurvivor);
    this.#seen = putBySurvivor;
    assert(missing <= lost, `${missing} of the survivor's are missing, ${what}`);
    assertEquals(words[WRONG], 0, what);
    if (job === "put") {
      assertEquals(this.#missing(first, first + put), 0, what);
      const more = words.subarray(NOTED + first + put, NOTED + first + RANGE).filter((times) =>
        times > 0
      ).length;
      assert(more <= 1, `${more} came that were not put, ${what}`);
    }
    Atomics.store(words, STOP_PUTTING, 0);
  }

  /** How many of these did not come; once each, otherwise. */
  #missing(from: number, to: number): number {
    const times = this.#page.words.subarray(NOTED + from, NOTED + to);
    assert(times.every((count) => count <= 1), "twice");
    return times.reduce((missing, count) => missing + 1 - count, 0);
  }

  /** Waits until all tasks are done, and returns how many never will be. */
  async #join(): Promise<number> {
    try {
      await this.#queue.join({ timeout: 10_000 });
      return 0;
    } catch (error) {
      assert(error instanceof Deno.errors.ConnectionReset, `${error}`);
      await this.#queue.join({ timeout: 10_000 });
      return Number(error.message.match(/(\d+) tasks? not done/)![1]);
    }
  }
}

test(
  `${ROUNDS} producers and consumers that are killed leave the queue usable, and what is in it intact, within 1 s`,
  async (name) => {
    using queue = Queue.create({ name, capacity: 4096, codec: "bytes" });
    using page = new SharedWords(undefined, PAGE);
    const scene = new Scene(name, queue, page);
    try {
      await using putter = scene.start({
        ...{ job: "put", form: "sync", count: SURVIVOR_PUT, stop: [STOP_PUTTING, PUTTER_IDLE] },
        numbers: [SURVIVORS, OURS],
      });
      await using getter = scene.start({
        ...{ job: "get", form: "sync", count: SURVIVOR_GOT, stop: [STOP_GETTING, GETTER_IDLE] },
      });
      for (const survivor of [putter, getter]) {
        await survivor.printed("ready");
        await survivor.write("\n");
      }
      await killRounds("queue", ROUNDS, (number) => scene.round(number));
      assertEquals([putter.stderr, getter.stderr], ["", ""]);
    } finally {
      queue.unlink();
    }
    console.log(`queue: ${scene.lost} were killed between a get and its taskDone`);
    assert(ROUNDS < 50 || scene.lost > 0);
  },
  undefined,
  30_000 + ROUNDS * 3_000,
);
