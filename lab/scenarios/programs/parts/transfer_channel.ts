import { DuplexChannel, type WaitOptions } from "../../../../mod.ts";
import type { Gate, Line } from "./transfer.ts";

const NAME = "transfer-line";

/** What a sender says first: without it a receiver would not know that there is one. */
const HELLO = "hello";

/** Records are larger than this ring, and go in parts. */
const SIZES = { capacity: 1 << 15, maxMessageSize: 1 << 17 };

/** The receiver's side, a new channel for each sender. */
export function channelGate(): Gate {
  const accept = async (options: WaitOptions) => {
    const line = new ChannelLine(await made(options.signal), true);
    try {
      if (await line.recv(options) !== HELLO) throw new Error("The sender has not said hello");
      await line.send(HELLO);
      return line;
    } catch (error) {
      line[Symbol.dispose]();
      throw error;
    }
  };
  return { accept, [Symbol.dispose]: () => {} };
}

/** The sender's side of a channel whose receiver lives. */
export async function reachChannel(options: WaitOptions): Promise<Line> {
  const line = new ChannelLine(DuplexChannel.open(NAME), false);
  try {
    await line.send(HELLO);
    if (await line.recv(options) === HELLO) return line;
    throw new Deno.errors.ConnectionReset("The receiver has left");
  } catch (error) {
    line[Symbol.dispose]();
    throw error;
  }
}

/** The name of one that was killed is taken over when the other side has given that up, too. */
async function made(signal: AbortSignal | undefined): Promise<DuplexChannel> {
  for (;;) {
    try {
      return DuplexChannel.create({ name: NAME, ...SIZES });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
      signal?.throwIfAborted();
    }
  }
}

/** Texts as messages of a channel. */
class ChannelLine implements Line {
  readonly #channel: DuplexChannel;
  /** Whether the name goes with it. */
  readonly #owns: boolean;

  constructor(channel: DuplexChannel, owns: boolean) {
    this.#channel = channel;
    this.#owns = owns;
  }

  async send(text: string): Promise<void> {
    await this.#channel.send(new TextEncoder().encode(text));
  }

  async recv(options: WaitOptions): Promise<string | null> {
    const message = await this.#channel.recv(options);
    return message && new TextDecoder().decode(message);
  }

  [Symbol.dispose](): void {
    if (this.#owns) this.#channel.unlink();
    this.#channel.close();
  }
}
