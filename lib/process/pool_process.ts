import type { Connection } from "../messaging/connection.ts";
import { DuplexChannel } from "../messaging/duplex_channel.ts";
import type { WaitOptions } from "../options.ts";
import { SharedArray } from "../sync/shared_array.ts";
import { canCallC } from "./child_program.ts";
import { CommandLine } from "./command_line.ts";
import type { ProcessPermissions } from "./permission_flags.ts";
import { type PoolHost, type PoolHostOptions, RING } from "./pool_host.ts";
import { type PoolLine, PoolLink } from "./pool_link.ts";
import type { PoolShared } from "./pool_main.ts";
import { Process } from "./process.ts";
import { ProcessEndedError } from "./process_ended_error.ts";
import type { Packed } from "./travelling.ts";
import type { WorkerEnd } from "./worker_ended_error.ts";

/** The largest message that a channel can carry. */
const MOST = 2 ** 30;

/** What the process of a worker is started with. */
interface PoolProcessOptions extends PoolHostOptions {
  permissions: ProcessPermissions | undefined;
  env: Record<string, string> | undefined;
  cwd: string | URL | undefined;
}

/** Runs a worker as a process. */
export function startProcess({ name, setup, permissions, env, cwd }: PoolProcessOptions): PoolHost {
  const takesHandles = canCallC(permissions ?? "inherit", CommandLine.own());
  const shared = takesHandles && Deno.build.os === "linux" ? share(setup.limit) : undefined;
  const line = new ConnectionLine();
  const received = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  const process = new Process(import.meta.resolve("./pool_main.ts"), {
    entry: "work",
    args: [setup, shared],
    name,
    daemon: true,
    permissions,
    env,
    cwd,
    maxMessageSize: setup.limit,
    modules: [setup.module],
    async talk(connection, ended) {
      line.use(connection);
      await ended;
      exited.resolve();
      await received.promise; // Its answer comes last.
    },
  });
  const close = () => {
    shared?.ring.close();
    shared?.claimed.close();
  };
  try {
    process.start();
  } catch (error) {
    close();
    throw error;
  }
  return {
    link: new PoolLink({ line, ring: shared?.ring, limit: setup.limit, takesHandles }),
    claimed: shared?.claimed.array,
    ended: exited.promise,
    async end() {
      const end = endOf(process);
      received.resolve();
      return await end;
    },
    kill: () => process.kill(),
    close,
  };
}

function share(limit: number): PoolShared {
  const ring = DuplexChannel.create({ capacity: RING, maxMessageSize: Math.min(limit, MOST) });
  try {
    return { ring, claimed: SharedArray.create({ type: "int32", length: 1 }) };
  } catch (error) {
    ring.close();
    throw error;
  }
}

/** The line of a process to its parent, on the parent's side. */
class ConnectionLine implements PoolLine {
  #connection: Connection<Uint8Array> | undefined;

  /** From the start of the process on. */
  use(connection: Connection<Uint8Array>): void {
    this.#connection = connection;
  }

  async send({ bytes, copies, stay }: Packed): Promise<void> {
    try {
      await this.#connection!.sendPacked(bytes, copies.map((copy) => copy.number("send")));
    } finally {
      stay();
    }
  }

  async receive(options: WaitOptions) {
    const { value, handles } = await this.#connection!.recvWithHandles(options);
    return { bytes: value as Uint8Array<ArrayBuffer>, descriptors: handles };
  }
}

async function endOf(process: Process): Promise<WorkerEnd> {
  try {
    await process.result;
    return { exitCode: process.exitCode, signal: null };
  } catch (reason) {
    if (reason instanceof ProcessEndedError) return { exitCode: reason.exitCode, signal: reason.signal };
    return { exitCode: await process.join(), signal: null, failure: { reason } };
  }
}
