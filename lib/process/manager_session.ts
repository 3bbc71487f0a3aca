import { countOf } from "../options.ts";
import { ManagedArray } from "./managed_array.ts";
import { EventState, ManagedEvent } from "./managed_event.ts";
import { ManagedMap } from "./managed_map.ts";
import { ManagedNamespace } from "./managed_namespace.ts";
import { ManagedQueue, QueueState } from "./managed_queue.ts";
import { ManagedLock, ManagedSemaphore } from "./managed_semaphore.ts";
import { Permits } from "./permits.ts";
import { byReference, type Reference } from "./reference.ts";

/** Options of {@linkcode Manager.queue}. */
export interface ManagedQueueOptions {
  /** How many items it takes; who puts more waits. Default: no limit. */
  maxSize?: number | undefined;
}

/** An object that a server holds. */
interface Held {
  kind: string;
  state: unknown;
}

/** What a server holds, by name. */
export class ManagerStore {
  readonly #held = new Map<string, Held>();

  /** The state of a name, made at the first use. Without a name it is nobody else's, and ends with its last reference. */
  get<S>(kind: string, name: string | undefined, make: () => S): S {
    if (name === undefined) return make();
    if (typeof name !== "string") {
      throw new TypeError(`The name of a managed object is a string, not ${typeof name}`);
    }
    const held = this.#held.get(name);
    if (held === undefined) {
      const state = make();
      this.#held.set(name, { kind, state });
      return state;
    }
    if (held.kind === kind) return held.state as S;
    throw new TypeError(`Cannot use '${name}' as a ${kind}: it is a ${held.kind}`);
  }

  names(): string[] {
    return [...this.#held.keys()];
  }

  remove(name: string): boolean {
    return this.#held.delete(name);
  }
}

/** What a server exposes to one client. */
export class ManagerSession {
  /** The exports of the manager's own module. */
  readonly module: object | undefined;
  readonly #store: ManagerStore;
  readonly #end: AbortSignal;

  /** @param end Aborted when the client has gone: its waits end, so that nothing is given to nobody. */
  constructor(store: ManagerStore, end: AbortSignal, module?: object) {
    this.#store = store;
    this.#end = end;
    this.module = module;
  }

  map(name?: string): Reference<ManagedMap> {
    return byReference(new ManagedMap(this.#store.get("map", name, () => new Map())));
  }

  array(name?: string): Reference<ManagedArray> {
    return byReference(new ManagedArray(this.#store.get<unknown[]>("array", name, () => [])));
  }

  namespace(name?: string): Reference<ManagedNamespace> {
    return byReference(new ManagedNamespace(this.#store.get("namespace", name, () => new Map())));
  }

  lock(name?: string): Reference<ManagedLock> {
    const permits = this.#store.get("lock", name, () => new Permits(1));
    return byReference(new ManagedLock(permits, `the managed lock ${name ?? ""}`.trimEnd(), this.#end));
  }

  semaphore(name?: string, value?: number): Reference<ManagedSemaphore> {
    const permits = this.#store.get("semaphore", name, () => new Permits(countOf("value", value ?? 1, 0)));
    const what = `the managed semaphore ${name ?? ""}`.trimEnd();
    return byReference(new ManagedSemaphore(permits, what, this.#end));
  }

  event(name?: string): Reference<ManagedEvent> {
    return byReference(new ManagedEvent(this.#store.get("event", name, () => new EventState()), this.#end));
  }

  queue(name?: string, options: ManagedQueueOptions = {}): Reference<ManagedQueue> {
    const { maxSize } = options;
    const most = maxSize === undefined ? Infinity : countOf("maxSize", maxSize, 1);
    return byReference(
      new ManagedQueue(this.#store.get("queue", name, () => new QueueState(most)), this.#end),
    );
  }

  names(): string[] {
    return this.#store.names();
  }

  remove(name: string): boolean {
    return this.#store.remove(name);
  }
}
