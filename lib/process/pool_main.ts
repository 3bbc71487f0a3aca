/**
 * What the process of a pool's worker runs.
 *
 * @internal
 * @module
 */

import type { DuplexChannel } from "../messaging/duplex_channel.ts";
import type { SharedArray } from "../sync/shared_array.ts";
import { ownLine } from "./own_line.ts";
import { PoolLink } from "./pool_link.ts";
import { serve } from "./pool_serving.ts";
import type { PoolSetup } from "./pool_wire.ts";

/** What pool and worker have in common where both have shared memory. */
export interface PoolShared {
  ring: DuplexChannel;
  claimed: SharedArray<"int32">;
}

/** Serves the pool that has started this process. */
export async function work(setup: PoolSetup, shared: PoolShared | undefined): Promise<void> {
  const line = shared === undefined ? ownLine().lasting() : ownLine();
  const loadHandles = () => import("./travellers.ts");
  const link = new PoolLink({ line, ring: shared?.ring, limit: setup.limit, loadHandles });
  await serve(link, setup, shared?.claimed.array);
}
