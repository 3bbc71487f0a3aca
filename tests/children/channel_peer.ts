/**
 * The other process, or thread, of tests of channels: `channel_peer.ts JSON`, or a message to it as a worker. It does
 * one job with a channel, and notes in a shared page how far it came: word 0, messages that were acknowledged; word 1,
 * whether something was wrong.
 */

import { Channel, type SharedToken } from "../../mod.ts";
import { begin } from "../support/guarded.ts";
import { bytes, numbered, numberOf } from "../support/numbered.ts";
import { SharedWords } from "../support/shared_words.ts";

/** What to do. */
export interface PeerJob {
  /** By token or by name. */
  channel: SharedToken | string;
  job: "produce" | "consume" | "echo" | "take" | "reserve";
  /** Whether calls wait on the event loop, on the thread, or without a copy; several: in turns. */
  ways: ("async" | "sync" | "zero-copy" | "zero-copy async")[];
  /** How many messages; then the channel is closed. */
  count: number;
  /** The longest message. */
  longest?: number;
  /** The path of the page. */
  page?: string;
  spin?: number;
  /** Prints "ready", and begins when it gets a byte. */
  waits?: boolean;
}

async function perform(todo: PeerJob): Promise<void> {
  const channel = typeof todo.channel === "string" ? Channel.open(todo.channel) : Channel.from(todo.channel);
  if (todo.spin !== undefined) channel.spin = todo.spin;
  const { longest, ways } = todo;
  const words = todo.page === undefined ? new Int32Array(2) : new SharedWords(todo.page).words;
  if (todo.waits) {
    console.log("ready");
    begin();
  }
  for (let i = 0; i < todo.count; i++) {
    const way = ways[i % ways.length]!;
    switch (todo.job) {
      case "produce": {
        const message = numbered(i, longest);
        if (way === "async") await channel.send(message);
        else if (way === "sync" || message.length > 4088) channel.sendSync(message);
        else {
          const { length } = message;
          const space = way === "zero-copy" ? channel.reserveSync(length) : await channel.reserve(length);
          space.set(message);
          channel.commit();
        }
        break;
      }
      case "consume": {
        const message = way === "async"
          ? await channel.recv()
          : way === "sync"
          ? channel.recvSync()
          : way === "zero-copy"
          ? channel.peekSync()
          : await channel.peek();
        try {
          if (numberOf(message!, longest) !== i) throw new Error("It is another one");
        } catch (error) {
          words[1] = 1;
          throw error;
        }
        if (way.startsWith("zero-copy")) channel.release();
        break;
      }
      case "echo":
        if (way === "async") await channel.send((await channel.recv())!);
        else channel.sendSync(channel.recvSync()!);
        break;
      case "take":
        channel.trySend(bytes("taken"));
        break;
      case "reserve":
        channel.reserveSync(100).fill(1);
    }
    Atomics.store(words, 0, i + 1);
  }
  if (todo.job === "reserve" || todo.job === "take") await new Promise(() => setInterval(() => {}, 1000));
  channel.close();
}

if (import.meta.main && Deno.args[0] !== undefined) await perform(JSON.parse(Deno.args[0]));
else {
  const worker = globalThis as unknown as Worker;
  worker.onmessage = async ({ data }: MessageEvent<PeerJob>) => {
    try {
      await perform(data);
      worker.postMessage("done");
    } catch (error) {
      worker.postMessage(`${error}`);
    }
  };
}
