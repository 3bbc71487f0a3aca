/**
 * Processes that are killed at random moments while they request of the other side of a DuplexChannel, or reply to it: that
 * one gets all that was sent, whole, in order and each once, and then an error, within a second. In turns it blocks its
 * thread (one process for all rounds) and waits on the event loop (this one); has made the channel, and has opened it; is at
 * work, and has let the victim come to wait.
 */

import { assert, assertEquals } from "@std/assert";
import { DuplexChannel } from "../../mod.ts";
import {
  converse,
  DONE,
  type DuplexJob,
  type Outcome,
  STOP_AT,
  STOPPED,
  WENT_ON,
  WINDOW,
  WRONG,
} from "../children/duplex_loop.ts";
import { startChild } from "../support/children.ts";
import { anyMoment, killRounds, partOfRounds, type Round, soon } from "../support/kill_rounds.ts";
import { test } from "../support/shared_memory.ts";
import { SharedWords } from "../support/shared_words.ts";
import { Survivor } from "../support/survivor.ts";

const REQUESTS: DuplexJob["way"][] = ["sync", "async", "several"];
const REPLIES: DuplexJob["way"][] = ["sync", "async"];

/** How a round is played: in 96 rounds each with each. */
function settingsOf(round: number) {
  const bit = (place: number) => (round >> place & 1) === 1;
  const large = bit(4); // Messages that are larger than the rings go in parts.
  return {
    requests: REQUESTS[round % 3]!,
    replies: REPLIES[round & 1]!,
    survivor: bit(1) ? "here" : "there",
    victimWaits: bit(2),
    victimCreates: bit(3),
    longest: large ? 6000 : 300,
  } as const;
}

function duplexRound(
  unique: string,
  number: number,
  job: DuplexJob["job"],
  other: Survivor<DuplexJob, Outcome>,
): Round {
  const { requests, replies, survivor, victimWaits, victimCreates, longest } = settingsOf(number);
  const page = new SharedWords();
  const { words } = page;
  const name = `${unique}-${number}`;
  const both = { name, page: page.path, longest };
  const makes = { capacity: 4096 };
  // What blocks this thread does not see the victim being killed.
  const blocks = survivor === "there";
  const ofSurvivor = {
    request: blocks ? requests : requests === "sync" ? "async" : requests,
    serve: blocks ? replies : "async",
  } as const;
  const mine: DuplexJob = {
    ...both,
    ...(victimCreates ? {} : makes),
    who: "survivor",
    job: job === "request" ? "serve" : "request",
    way: ofSurvivor[job === "request" ? "serve" : "request"],
  };
  const theirs: DuplexJob = {
    ...both,
    ...(victimCreates ? makes : {}),
    who: "victim",
    job,
    way: job === "request" ? requests : replies,
  };
  const victim = startChild("duplex_loop", { args: [JSON.stringify(theirs)] });
  let outcome: Promise<Outcome>;
  return {
    victim,
    async busy() {
      const enough = 2 + Math.floor(Math.random() * 300);
      if (victimWaits) words[STOP_AT] = enough;
      outcome = survivor === "here" ? converse(mine) : other.survive(mine);
      outcome.catch(() => {}); // It is awaited later.
      await soon(() => victimWaits ? words[STOPPED] === 1 : words[DONE.victim]! >= enough);
      await anyMoment();
    },
    goOn() {
      Atomics.store(words, WENT_ON, 1);
      return outcome;
    },
    async check() {
      const { count, error } = await outcome;
      const done = words[DONE.victim]!;
      const what =
        `round ${number}, ${theirs.way} ${job} killed, ${mine.way} ${survivor}: ${done}, ${count}, ${error}`;
      assertEquals(words[WRONG], 0, what);
      assert(error.startsWith("ConnectionReset: ") || error.startsWith("BrokenPipe: "), what);
      if (job === "serve") assert(count === done || count + 1 === done, what);
      else assert(done <= count && count <= done + WINDOW, what);
    },
    close() {
      try {
        DuplexChannel.unlink(name);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      page[Symbol.dispose]();
    },
  };
}

for (
  const [job, title] of [
    [
      "request",
      "a side that is killed with requests under way ends the serving, which had each of them whole",
    ],
    ["serve", "a side that is killed replying makes requests an error, behind all that it has replied"],
  ] as const
) {
  const rounds = partOfRounds(48);
  test(
    `${rounds} times: ${title}, within 1 s`,
    async (name) => {
      await using child = startChild("duplex_loop");
      const survivor = new Survivor<DuplexJob, Outcome>(child);
      await killRounds(title, rounds, (number) => duplexRound(name, number, job, survivor));
      assertEquals(child.stderr, "");
    },
    undefined,
    30_000 + rounds * 3_000,
  );
}
