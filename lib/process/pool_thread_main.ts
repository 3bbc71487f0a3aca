/**
 * What the thread of a pool's worker runs first.
 *
 * @internal
 * @module
 */

import { ThreadRing } from "../messaging/thread_ring.ts";
import { type Module, setLoaders } from "./loaders.ts";
import { PoolLink } from "./pool_link.ts";
import { PortLine, type PortMessage } from "./pool_port.ts";
import { serve } from "./pool_serving.ts";
import type { PoolSetup } from "./pool_wire.ts";
import { failureData } from "./remote_error.ts";
import { Unpacker } from "./travelling.ts";
import { uncaught } from "./uncaught.ts";

/** Serves the pool that has started this thread. */
export async function run(
  modules: Record<string, () => Promise<Module>>,
  handles?: () => Promise<unknown>,
): Promise<void> {
  const port = globalThis as unknown as Worker;
  const tell = (message: PortMessage) => port.postMessage(message);
  const line = new PortLine(port);
  const leave = globalThis.close;
  // Nobody is told of a thread that ends itself.
  const { exit } = Deno;
  Deno.exit = (code = Deno.exitCode) => {
    tell({ exit: code });
    return exit(code);
  };
  globalThis.close = () => {
    tell({ exit: 0 });
    leave();
  };
  setLoaders(modules);
  try {
    await handles?.();
    const { bytes, descriptors, shared } = await line.receive({});
    const setup = new Unpacker().unpack(bytes, descriptors) as PoolSetup;
    const { ring, claimed } = shared!;
    const link = new PoolLink({
      line,
      ring: new ThreadRing(ring, 1, setup.limit),
      limit: setup.limit,
      loadHandles: () => import("./travellers.ts"),
    });
    await Promise.race([uncaught(), serve(link, setup, new Int32Array(claimed))]);
    tell({ exit: 0 });
  } catch (error) {
    tell({ failure: failureData(error) });
  }
  leave();
}
