/**
 * What lives in shared memory: the sender keeps its handle, and from then on both use it.
 *
 * @internal
 * @module
 */

import type { SharedMemory } from "../primitives/shared_memory.ts";
import type { Lock } from "../sync/lock.ts";
import "./traveller_primitives.ts";
import { register } from "./travelling.ts";

/** Makes handles of a class able to travel: of the class of this name that is in that module. */
export function shared(kind: string, Class: unknown, module: string): void {
  const both = [import.meta.url, module].map((url) => `import(${JSON.stringify(url)})`).join();
  const names = [kind, module].map((text) => JSON.stringify(text));
  register<SharedMemory | Lock>({
    kind,
    Class: Class as typeof Lock,
    load: () => `Promise.all([${both}]).then(([t,m])=>t.shared(${names[0]},m[${names[0]}],${names[1]}))`,
    leave: (handle, departure) => departure.attach(handle.descriptorForOthers(3)),
    arrive: (place, arrival) => (Class as typeof Lock).from(arrival.take(place)),
  });
}
