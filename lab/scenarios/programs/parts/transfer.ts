/**
 * What transfer_sender.ts and transfer_receiver.ts have in common: records, and texts both ways over a fifo pair, a
 * socket, or a message connection, at a path, or over TCP to the host `receiver`; or over a channel in shared memory.
 *
 * @module
 */
import {
  connect,
  Connection,
  DuplexFifo,
  listen,
  Listener,
  type SocketListener,
  type SocketStream,
  type WaitOptions,
} from "../../../../mod.ts";
import { makeFifo } from "./make_fifo.ts";
import { channelGate, reachChannel } from "./transfer_channel.ts";

/** How long a side waits for the other before it says that it is late. */
export const LATE_MS = 700;

/** What a sender says before its records, with the number of the first. */
export const BEGIN = "begin";

/** What a sender says instead of a record when there are no more, and what it is told when they are acknowledged. */
export const END = "end";

/** How long a side waits for the other to be there at all. */
const PATIENCE_MS = 30_000;

const PORT = 5000;

const KEYED = { codec: "text", authKey: "lab" } as const;

const ENDS = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.UnexpectedEof,
  Deno.errors.BadResource, // Closed by ourselves, when the other direction had ended.
];

/** Record `n`: what is in it, and how long it is (up to 60 kB), follows from its number. */
export function recordOf(n: number): string {
  return `${n}:${`${n},`.repeat(n * 7919 % 10_000)}end`;
}

/** Texts both ways. */
export interface Line extends Disposable {
  /** Resolves when the kernel has it. */
  send(text: string): Promise<void>;
  /**
   * Resolves to null at the end, and before that perhaps to the beginning of a text that the end came in. After a
   * time-out it can be called again, and nothing is lost.
   */
  recv(options: WaitOptions): Promise<string | null>;
}

/** Where a receiver waits for its sender. */
export interface Gate extends Disposable {
  accept(options: WaitOptions): Promise<Line>;
}

/** Opens the receiver's side. */
export async function openGate(transport: string, path: string): Promise<Gate> {
  if (transport === "fifo") {
    // Made here, they are left in place by both sides.
    await Promise.all([makeFifo(`${path}.in`), makeFifo(`${path}.out`)]);
    const accept = async (options: WaitOptions) => new TextLines(await DuplexFifo.listen(path, options));
    return { accept, [Symbol.dispose]: () => {} };
  }
  if (transport === "channel") return channelGate();
  const address = transport.startsWith("tcp") ? `tcp://0.0.0.0:${PORT}` : `unix:${path}`;
  const listener: SocketListener | Listener<"text"> = transport.endsWith("message")
    ? new Listener(address, KEYED)
    : await listen(address);
  const accept = async (options: WaitOptions) => {
    const client = await listener.accept(options);
    return client instanceof Connection ? new Messages(client) : new TextLines(client);
  };
  return { accept, [Symbol.dispose]: () => listener.close() };
}

/** Reaches a receiver, waiting for it. */
export async function reach(transport: string, path: string): Promise<Line> {
  const options = { retry: true, timeout: PATIENCE_MS };
  const address = transport.startsWith("tcp") ? `tcp://receiver:${PORT}` : `unix:${path}`;
  if (transport === "fifo") {
    await Promise.all([makeFifo(`${path}.in`), makeFifo(`${path}.out`)]);
    return new TextLines(await DuplexFifo.connect(path, options));
  }
  for (;;) {
    try {
      if (transport === "channel") return await reachChannel(options);
      if (!transport.endsWith("message")) return new TextLines(await connect(address, options));
      return new Messages(await Connection.connect(address, { ...KEYED, ...options }));
    } catch (error) {
      // It was about to end, and could not finish the handshake; or the network does not know it while it is gone.
      if (!tellsOfEnd(error) && !isUnknown(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Whether this is how a line tells that its other side is gone. */
export function tellsOfEnd(error: unknown): boolean {
  return ENDS.some((Class) => error instanceof Class);
}

function isUnknown(error: unknown): boolean {
  return ["ENOENT", "EBUSY", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"].includes(
    (error as { code?: string }).code ?? "",
  );
}

/** Texts as lines of a stream of bytes. */
class TextLines implements Line {
  readonly #stream: DuplexFifo | SocketStream;

  constructor(stream: DuplexFifo | SocketStream) {
    this.#stream = stream;
  }

  async send(text: string): Promise<void> {
    await this.#stream.write(`${text}\n`);
  }

  async recv(options: WaitOptions): Promise<string | null> {
    for await (const line of this.#stream.lines(options)) return line;
    return null;
  }

  [Symbol.dispose](): void {
    this.#stream.close();
  }
}

/** Texts as messages. */
class Messages implements Line {
  readonly #connection: Connection<string>;

  constructor(connection: Connection<string>) {
    this.#connection = connection;
  }

  async send(text: string): Promise<void> {
    await this.#connection.send(text);
  }

  async recv(options: WaitOptions): Promise<string | null> {
    try {
      return await this.#connection.recv(options);
    } catch (error) {
      if (!(error instanceof Deno.errors.UnexpectedEof)) throw error;
      return null; // Between two messages or inside of one.
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
