/**
 * The handles of this library that travel to another process: ends of pipes and sockets move there, shared memory and
 * what is built on it is from then on used by both. A child that was given some loads the modules of those alone.
 *
 * @module
 */

import { Channel } from "../messaging/channel.ts";
import { DuplexChannel } from "../messaging/duplex_channel.ts";
import { Queue } from "../messaging/queue.ts";
import { SharedMemory } from "../primitives/shared_memory.ts";
import { Barrier } from "../sync/barrier.ts";
import { BoundedSemaphore } from "../sync/bounded_semaphore.ts";
import { Condition } from "../sync/condition.ts";
import { Lock } from "../sync/lock.ts";
import { RLock } from "../sync/rlock.ts";
import { Semaphore } from "../sync/semaphore.ts";
import { SharedArray } from "../sync/shared_array.ts";
import { SharedEvent } from "../sync/shared_event.ts";
import { SharedValue } from "../sync/shared_value.ts";
import "./traveller_connection.ts";
import { shared } from "./traveller_shared.ts";

const messaging = { channel: { Channel }, duplex_channel: { DuplexChannel }, queue: { Queue } };
const primitives = { shared_memory: { SharedMemory } };
const sync = {
  barrier: { Barrier },
  bounded_semaphore: { BoundedSemaphore },
  condition: { Condition },
  lock: { Lock },
  rlock: { RLock },
  semaphore: { Semaphore },
  shared_array: { SharedArray },
  shared_event: { SharedEvent },
  shared_value: { SharedValue },
};

for (const [room, modules] of Object.entries({ messaging, primitives, sync })) {
  for (const [module, classes] of Object.entries(modules)) {
    const [[kind, Class]] = Object.entries(classes) as [[string, unknown]];
    shared(kind, Class, import.meta.resolve(`../${room}/${module}.ts`));
  }
}
