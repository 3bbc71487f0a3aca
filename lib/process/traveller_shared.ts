/**
 * What lives in shared memory: the sender keeps its handle, and from then on both use it.
 *
 * @internal
 * @module
 */

import type { SharedMemory } from "../primitives/shared_memory.ts";
import type { Condition } from "../sync/condition.ts";
import type { Lock } from "../sync/lock.ts";
import type { SharedObject } from "../sync/shared_object.ts";
import "./traveller_primitives.ts";
import { register } from "./travelling.ts";

/** A condition with the handle that has its lock: that travels as itself, once in a message. */
interface WithLock {
  place: number;
  lock: SharedObject;
}

/** Makes handles of a class able to travel: of the class of this name that is in that module. */
export function shared(kind: string, Class: unknown, module: string): void {
  const both = [import.meta.url, module].map((url) => `import(${JSON.stringify(url)})`).join();
  const names = [kind, module].map((text) => JSON.stringify(text));
  register<SharedMemory | Lock | Condition>({
    kind,
    Class: Class as typeof Lock,
    load: () => `Promise.all([${both}]).then(([t,m])=>t.shared(${names[0]},m[${names[0]}],${names[1]}))`,
    leave(handle, departure) {
      const { lockOwner } = handle as Partial<Condition>;
      const place = departure.attach(handle.descriptorForOthers(3));
      return lockOwner === undefined ? place : { place, lock: lockOwner } satisfies WithLock;
    },
    arrive(standIn, arrival) {
      if (typeof standIn === "number") return (Class as typeof Lock).from(arrival.take(standIn));
      const { place, lock } = standIn as WithLock;
      const condition = (Class as typeof Condition).from(arrival.take(place));
      try {
        condition.useLockThatCame(lock);
        return condition;
      } catch (error) {
        condition.close();
        throw error;
      }
    },
  });
}
