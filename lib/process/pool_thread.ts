import { ThreadRing } from "../messaging/thread_ring.ts";
import { threadModule } from "./child_program.ts";
import { type PoolHost, type PoolHostOptions, RING } from "./pool_host.ts";
import { PoolLink } from "./pool_link.ts";
import { PortLine, type PortMessage } from "./pool_port.ts";
import { failureOf } from "./remote_error.ts";
import { Packer } from "./travelling.ts";
import type { WorkerEnd } from "./worker_ended_error.ts";

/**
 * Runs a worker as a thread of this process. Nothing that it has for the pool is to be given back, as a thread that is
 * ended can do nothing any more: memory and messages are the runtime's.
 */
export function startThread({ name, setup }: PoolHostOptions): PoolHost {
  const packed = new Packer().pack(setup);
  const shared = { ring: ThreadRing.memory(RING), claimed: new SharedArrayBuffer(4) };
  let worker: Worker;
  try {
    worker = new Worker(threadModule([setup.module], packed.loads), { type: "module", name });
  } catch (error) {
    packed.stay();
    throw error;
  }
  const { promise: ended, resolve } = Promise.withResolvers<WorkerEnd>();
  worker.addEventListener("message", ({ data }: MessageEvent<PortMessage>) => {
    if ("exit" in data) resolve({ exitCode: data.exit, signal: null });
    if ("failure" in data) {
      const reason = failureOf(data.failure, name);
      resolve({ exitCode: undefined, signal: null, failure: { reason } });
    }
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    const reason = event.error ?? new Error(event.message);
    resolve({ exitCode: undefined, signal: null, failure: { reason } });
  });
  const line = new PortLine(worker);
  packed.gone();
  line.send(packed, shared);
  const ring = new ThreadRing(shared.ring, 0, setup.limit);
  return {
    link: new PoolLink({ line, ring, limit: setup.limit }),
    claimed: new Int32Array(shared.claimed),
    ended: ended.then(() => undefined),
    end: () => ended,
    kill() {
      worker.terminate();
      resolve({ exitCode: undefined, signal: "SIGKILL" });
    },
    close() {
      worker.terminate();
      ring.close();
    },
  };
}
