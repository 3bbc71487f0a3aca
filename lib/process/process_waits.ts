import type { Connection } from "../messaging/connection.ts";
import type { WaitOptions } from "../options.ts";
import type { ChildProcess } from "../primitives/child_process.ts";
import { wait } from "../primitives/wait.ts";
import type { Answer } from "./order.ts";
import { Unpacker } from "./travelling.ts";

const IDLE = "Nobody waits for the process";

/**
 * The waits for what a child does, and what they keep running: a child that is no daemon keeps this process running until
 * it has ended, a daemon only as long as somebody waits.
 */
export class ProcessWaits {
  readonly #daemon: boolean;
  #child: ChildProcess | undefined;
  #over = false;
  #waiting = 0;
  #wanted = Promise.withResolvers<void>();
  #idle = new AbortController();

  constructor(daemon: boolean) {
    this.#daemon = daemon;
  }

  /** The child runs. */
  started(child: ChildProcess): void {
    this.#child = child;
    if (this.#daemon) child.unref();
  }

  /** It has ended, and there is nothing to wait for any more. */
  ended(): void {
    this.#over = true;
  }

  /** A wait for something of the child, during which this process stays running. */
  async waitFor<R>(options: WaitOptions, promise: Promise<R>, late: (timeout: number) => Error): Promise<R> {
    if (++this.#waiting === 1 && this.#daemon) {
      this.#wanted.resolve();
      this.#child?.ref();
    }
    try {
      return await wait<R>(options, late, ({ resolve, reject }) => {
        promise.then(resolve, reject);
        return () => undefined;
      });
    } finally {
      if (--this.#waiting === 0 && this.#daemon && this.#child !== undefined && !this.#over) {
        this.#wanted = Promise.withResolvers();
        this.#child.unref();
        this.#idle.abort(IDLE);
      }
    }
  }

  /** The child's answer, or none when it ended without. */
  async answer(
    child: ChildProcess,
    connection: Connection<Uint8Array>,
  ): Promise<Answer | Error | undefined> {
    let ended = false;
    const end = child.status.then(() => {
      ended = true;
      this.#idle.abort(IDLE);
    });
    for (;;) {
      // To wait for the line keeps this process running.
      if (this.#daemon && this.#waiting === 0) await Promise.race([this.#wanted.promise, end]);
      if (this.#idle.signal.aborted) this.#idle = new AbortController();
      // When it has ended all is here; a child of its own may have the line still.
      const options = ended ? { timeout: 0 } : { signal: this.#idle.signal };
      try {
        using message = await connection.recvWithHandles(options);
        const bytes = message.value as Uint8Array<ArrayBuffer>;
        return new Unpacker().unpack(bytes, message.handles) as Answer;
      } catch (error) {
        if (error === IDLE) continue;
        const none = error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.TimedOut
          || error instanceof Deno.errors.ConnectionReset;
        return none ? undefined : error as Error;
      }
    }
  }
}
