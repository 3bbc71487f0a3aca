import { timedOut } from "../errors.ts";
import type { WaitOptions } from "../options.ts";
import { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { wait } from "../primitives/wait.ts";
import type { PoolLine } from "./pool_link.ts";
import type { FailureData } from "./remote_error.ts";
import type { Packed } from "./travelling.ts";

/** A message, with the numbers of descriptors, which are the receiver's from then on. */
interface PortData {
  bytes: Uint8Array<ArrayBuffer>;
  descriptors: number[];
  /** With the first one: what both sides share. */
  shared?: ThreadMemory;
}

/** What a pool and a thread share. */
interface ThreadMemory {
  /** Of a ThreadRing. */
  ring: SharedArrayBuffer;
  /** The word that says which task may be begun. */
  claimed: SharedArrayBuffer;
}

/** What a thread and the one that started it post to each other. */
export type PortMessage = PortData | { exit: number } | { failure: FailureData };

/** Either side of a Worker. */
interface Port {
  postMessage(message: PortMessage, transfer: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<PortMessage>) => void): void;
}

/** What was received. */
interface Received {
  bytes: Uint8Array<ArrayBuffer>;
  descriptors: ReceivedDescriptor[];
  shared: ThreadMemory | undefined;
}

/** Messages between two threads of one process, where open descriptors are just numbers. */
export class PortLine implements PoolLine {
  readonly #port: Port;
  readonly #came: PortData[] = [];
  #arrived: (() => void) | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.addEventListener("message", ({ data }) => {
      if (!("bytes" in data)) return;
      this.#came.push(data);
      this.#arrived?.();
    });
  }

  send({ bytes, copies }: Packed, shared?: ThreadMemory): void {
    const own = bytes.slice();
    const descriptors = copies.map((copy) => copy.release("send", "it was sent"));
    const message = shared === undefined ? { bytes: own, descriptors } : { bytes: own, descriptors, shared };
    this.#port.postMessage(message, [own.buffer]);
  }

  async receive(options: WaitOptions): Promise<Received> {
    while (this.#came.length === 0) {
      const late = (timeout: number) => timedOut("Cannot receive", "no message came", timeout);
      await wait<void>(options, late, ({ resolve }) => {
        this.#arrived = resolve;
        return () => {};
      });
    }
    const { bytes, descriptors, shared } = this.#came.shift()!;
    return { bytes, descriptors: descriptors.map((number) => new ReceivedDescriptor(number)), shared };
  }
}
