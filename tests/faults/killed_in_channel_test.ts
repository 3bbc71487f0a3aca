/**
 * Processes that are killed at random moments inside `send`, `reserve`, `recv` and `peek`: the other side gets all that
 * was sent, whole and once, and then an error, within a second. In turns it blocks its thread (one process for all
 * rounds) and waits on the event loop (this one); in turns it is at work, or has let the victim come to wait.
 */

import { assert, assertEquals } from "@std/assert";
import { Channel } from "../../mod.ts";
import type { PeerJob } from "../children/channel_peer.ts";
import {
  STOP_AT,
  STOPPED,
  survive,
  SURVIVED,
  type SurvivorJob,
  WENT_ON,
} from "../children/channel_survivor.ts";
import type { Outcome } from "../children/channel_survivor.ts";
import { startChild } from "../support/children.ts";
import { anyMoment, killRounds, partOfRounds, type Round, soon } from "../support/kill_rounds.ts";
import { test } from "../support/shared_memory.ts";
import { SharedWords } from "../support/shared_words.ts";
import { Survivor } from "../support/survivor.ts";

const WAYS: PeerJob["ways"] = ["sync", "zero-copy", "async", "zero-copy async"];

/** In the page: what the victim has sent or received, and whether anything was wrong with it. */
const ACKNOWLEDGED = 0;
const WRONG = 1;

/** How a round is played: in 32 rounds each with each. */
function settingsOf(round: number) {
  const bit = (place: number) => (round >> place & 1) === 1;
  return {
    way: WAYS[round % 4]!,
    survivor: bit(2) ? "here" : "there",
    victimWaits: bit(3),
    // Messages that are larger than the ring go in parts.
    options: bit(4) ? { capacity: 4096, maxMessageSize: 1 << 20 } : { capacity: 4096 },
    longest: bit(4) ? 6000 : 300,
  } as const;
}

function channelRound(
  name: string,
  number: number,
  job: "produce" | "consume",
  other: Survivor<SurvivorJob, Outcome>,
): Round {
  const { way, survivor, victimWaits, options, longest } = settingsOf(number);
  const channel = Channel.create({ name: `${name}-${number}`, ...options });
  const page = new SharedWords();
  const { words } = page;
  const both = { page: page.path, longest };
  const victim = startChild("channel_peer", {
    args: [JSON.stringify({ ...both, channel: channel.name, job, ways: [way], count: 2 ** 30, waits: true })],
  });
  let outcome: Promise<Outcome>;
  return {
    victim,
    async busy() {
      const enough = 2 + Math.floor(Math.random() * 500);
      if (victimWaits) words[STOP_AT] = enough;
      const todo = {
        ...both,
        channel: channel.share(),
        job: job === "produce" ? "consume" : "produce",
      } as const;
      outcome = survivor === "here" ? survive(todo, "async") : other.survive(todo);
      const [word, value] = victimWaits ? [STOPPED, 1] : [SURVIVED, enough];
      // A consumer that has not begun is waited for by right.
      await soon(() => words[word]! >= value && words[ACKNOWLEDGED]! > 0);
      await anyMoment();
    },
    goOn() {
      Atomics.store(words, WENT_ON, 1);
      return outcome;
    },
    async check() {
      const { count, error } = await outcome;
      const [acknowledged, what] = [words[ACKNOWLEDGED]!, `round ${number}, ${way}, ${survivor}: ${error}`];
      assertEquals(words[WRONG], 0, what);
      if (job === "produce") {
        assert(error.startsWith("ConnectionReset: "), what);
        assert(count === acknowledged || count === acknowledged + 1, `${count} of ${acknowledged}, ${what}`);
      } else {
        assert(error.startsWith("BrokenPipe: "), what);
        assert(acknowledged <= count + 1, `${acknowledged} of ${count}, ${what}`);
      }
    },
    close() {
      channel.unlink();
      channel.close();
      page[Symbol.dispose]();
    },
  };
}

for (
  const [job, title] of [
    ["produce", "a producer that is killed leaves all that it sent, whole, and then an error"],
    ["consume", "a consumer that is killed makes sending an error"],
  ] as const
) {
  const rounds = partOfRounds(64);
  test(
    `${rounds} times: ${title}, within 1 s`,
    async (name) => {
      await using child = startChild("channel_survivor");
      const survivor = new Survivor<SurvivorJob, Outcome>(child);
      await killRounds(title, rounds, (number) => channelRound(name, number, job, survivor));
      assertEquals(child.stderr, "");
    },
    undefined,
    30_000 + rounds * 3_000,
  );
}
