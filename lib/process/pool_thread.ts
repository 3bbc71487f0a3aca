import { missingForCalls } from "../ffi/library.ts";
import { DuplexChannel } from "../messaging/duplex_channel.ts";
import { threadModule } from "./child_program.ts";
import type { PoolHost, PoolHostOptions } from "./pool_host.ts";
import { PoolLink } from "./pool_link.ts";
import { PortLine, type PortMessage } from "./pool_port.ts";
import type { ThreadSetup } from "./pool_thread_main.ts";
import { failureOf } from "./remote_error.ts";
import "./travellers.ts";
import { Packer } from "./travelling.ts";
import type { WorkerEnd } from "./worker_ended_error.ts";

/** A ring of a worker has so many bytes each way. Larger messages go in parts. */
export const RING = 1024 * 1024;

/** The largest message that a ring can carry. */
const MOST = 2 ** 30;

/** A channel for messages up to `limit`. */
export function ringFor(limit: number): DuplexChannel {
  return DuplexChannel.create({ capacity: RING, maxMessageSize: Math.min(limit, MOST) });
}

/** Runs a worker as a thread of this process. */
export function startThread({ name, setup }: PoolHostOptions): PoolHost {
  const canShare = Deno.build.os === "linux" && missingForCalls() === undefined;
  const ring = canShare ? ringFor(setup.limit) : undefined;
  const claimed = new SharedArrayBuffer(4);
  const start: ThreadSetup = { setup, ring };
  const packed = new Packer().pack(start);
  const worker = new Worker(threadModule([setup.module], packed.handles), { type: "module", name });
  const line = new PortLine(worker);
  const { promise: ended, resolve } = Promise.withResolvers<WorkerEnd>();
  worker.addEventListener("message", ({ data }: MessageEvent<PortMessage>) => {
    if ("exit" in data) resolve({ exitCode: data.exit, signal: null });
    if ("failure" in data) {
      const reason = failureOf(data.failure, `${name} (a thread)`);
      resolve({ exitCode: undefined, signal: null, failure: { reason } });
    }
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    const reason = event.error ?? new Error(event.message);
    resolve({ exitCode: undefined, signal: null, failure: { reason } });
  });
  packed.gone();
  line.send(packed, claimed);
  return {
    link: new PoolLink(line, ring, setup.limit),
    claimed: new Int32Array(claimed),
    ended: ended.then(() => undefined),
    end: () => ended,
    kill() {
      worker.terminate();
      resolve({ exitCode: undefined, signal: "SIGKILL" });
    },
    close() {
      worker.terminate();
      ring?.close();
    },
  };
}
