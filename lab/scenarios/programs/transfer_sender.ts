/**
 * Sends numbered records to transfer_receiver.ts over one of the transports `fifo`, `socket`, `message`, `tcp`,
 * `tcp-message` and `channel` until SIGTERM, and then waits for what is not acknowledged yet: `TRANSPORT PATH`. When the
 * receiver is gone it waits for it to come back, and goes on where that one says. It says:
 * - `goes on with N`, and now and then `N acknowledged`;
 * - `receiver is late after N` for each time-out, and `receiver gone after N` when the line has ended;
 * - `done, N acknowledged` in the end.
 *
 * Needs: --allow-ffi --allow-read --allow-write --allow-net
 *
 * @module
 */
import { abortOnSignal } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { BEGIN, END, LATE_MS, type Line, reach, recordOf, tellsOfEnd } from "./parts/transfer.ts";

/** So many records are on their way at most. */
const WINDOW = 64;

/** So many acknowledgements are worth a word. */
const WORTH = 100;

const [transport = "", path = ""] = Deno.args;
using stop = abortOnSignal("SIGTERM");
let acknowledged = 0;

/** One line to a receiver; resolves to whether all is done. */
class Transfer {
  readonly #line: Line;
  #sent = 0;
  #over = false;
  #wake = () => {};

  constructor(line: Line) {
    this.#line = line;
  }

  async run(): Promise<boolean> {
    const greeting = await this.#greeting();
    if (greeting === undefined) return false;
    if (greeting < acknowledged) {
      throw new Error(`Lost: ${acknowledged} were acknowledged, and the receiver has ${greeting}`);
    }
    acknowledged = this.#sent = greeting;
    console.log(`goes on with ${acknowledged}`);
    message("receiver", `records from ${acknowledged} on`);
    const sending = this.#send().catch((error) => {
      if (!tellsOfEnd(error)) throw error;
    });
    const done = await this.#collect();
    this.#over = true;
    this.#wake();
    this.#line[Symbol.dispose](); // A write that waits ends with it.
    await sending;
    return done;
  }

  /** Where to go on, as the receiver says; undefined when it is gone. */
  async #greeting(): Promise<number | undefined> {
    for (;;) {
      const text = await this.#text();
      const [, before, count] = /^(.*)next (\d+)$/.exec(text ?? "") ?? [];
      if (before === "") return Number(count);
      // A fifo may still hold what the sender before this one was told, and had not read when it was killed.
      if (text === undefined || transport !== "fifo") return undefined;
      if (count !== undefined) return Number(count);
    }
  }

  async #send(): Promise<void> {
    await this.#line.send(`${BEGIN} ${this.#sent}`);
    while (!stop.aborted) {
      while (this.#sent - acknowledged >= WINDOW) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        if (this.#over) return;
      }
      await this.#line.send(recordOf(this.#sent));
      this.#sent++;
    }
    await this.#line.send(END);
  }

  /** Takes acknowledgements until all is acknowledged (true) or the receiver is gone (false). */
  async #collect(): Promise<boolean> {
    for (;;) {
      const [word, count] = await this.#receive();
      if (word === undefined) return false;
      if (count !== (word === END ? this.#sent : acknowledged + 1)) {
        throw new Error(`After ${acknowledged} of ${this.#sent} came ${word} ${count}`);
      }
      acknowledged = count;
      if (word === END) return true;
      if (count % WORTH === 0) console.log(`${count} acknowledged`);
      this.#wake();
    }
  }

  /** A word and a number of the receiver's; nothing when it is gone. */
  async #receive(): Promise<[string | undefined, number]> {
    const [, word, count] = /^(next|ack|end) (\d+)$/.exec(await this.#text() ?? "") ?? [];
    return [word, Number(count)]; // What is no such text was cut off.
  }

  /** What the receiver says; undefined when it is gone. */
  async #text(): Promise<string | undefined> {
    for (;;) {
      try {
        return await this.#line.recv({ timeout: LATE_MS }) ?? undefined;
      } catch (error) {
        if (tellsOfEnd(error)) return undefined;
        if (!(error instanceof Deno.errors.TimedOut)) throw error;
        console.log(`receiver is late after ${acknowledged}`);
      }
    }
  }
}

for (;;) {
  using line = await reach(transport, path);
  if (await new Transfer(line).run()) break;
  console.log(`receiver gone after ${acknowledged}`);
}
console.log(`done, ${acknowledged} acknowledged`);
