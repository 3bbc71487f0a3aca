import { FUTEX_OWNER_DIED } from "../ffi/futex.ts";
import type { Doorbell } from "../primitives/inotify.ts";
import type { SharedMemory } from "../primitives/shared_memory.ts";
import { EventCount } from "../sync/event_count.ts";
import { Mutex } from "../sync/mutex.ts";
import { Presence } from "../sync/presence.ts";
import { CELL } from "../sync/robust_list.ts";
import { wrongWire } from "./message_error.ts";
import { MessageMemory } from "./message_memory.ts";
import {
  COUNT,
  DATA,
  DONE,
  GET,
  GET_MUTEX,
  GETTER,
  ITEMS,
  JOIN,
  LAST_TAKEN,
  NEXT_COUNT,
  NEXT_POSITION,
  PLACE_COUNT,
  PLACES,
  POSITION,
  PUT,
  PUT_MUTEX,
  SPACE,
  TAKEN,
  TAKEN_BEFORE,
} from "./queue_layout.ts";
import { FILLER, KIND_SHIFT, LENGTH, MESSAGE, RECORD, recordSize } from "./ring_layout.ts";

/** Who holds a mutex needs it for less than 1 us, unless it is stopped or has no core; in milliseconds. */
const PATIENCE = 10;

const PUTS = PUT / 4;
const GETS = GET / 4;

/** The ring of a queue, and the accounts of its consumers. Nothing here waits for anything but a mutex. */
export class QueueRing {
  /** Those that get wait here, those that put, and those that join. */
  readonly items: EventCount;
  readonly space: EventCount;
  readonly done: EventCount;
  readonly #memory: SharedMemory;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #capacity: number;
  readonly #maxSize: number;
  readonly #putting: Mutex;
  readonly #getting: Mutex;
  readonly #received = new MessageMemory();
  /** The place of this handle, by its number, once it has taken something. */
  #place = -1;
  #presence: Presence | undefined;

  /** @param maxSize 0: no limit. */
  constructor(memory: SharedMemory, doorbell: Doorbell, capacity: number, maxSize: number) {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
    this.#capacity = capacity;
    this.#maxSize = maxSize;
    this.#putting = new Mutex(memory, PUT_MUTEX, doorbell);
    this.#getting = new Mutex(memory, GET_MUTEX, doorbell);
    const count = (at: number) => new EventCount(this.#words, at / 4, memory.address + BigInt(at), doorbell);
    this.items = count(ITEMS);
    this.space = count(SPACE);
    this.done = count(JOIN);
  }

  /** Values that are put and not taken. */
  get size(): number {
    const gets = Atomics.load(this.#words, GETS + COUNT);
    return Math.max(0, (Atomics.load(this.#words, PUTS + COUNT) - gets) | 0);
  }

  /** Puts a value if there is room for it. */
  tryPut(p: Uint8Array): boolean {
    const mutex = this.#putting;
    if (!mutex.tryLockFast() && !this.#lock(mutex, PUTS)) return false;
    let put = false;
    try {
      put = this.#write(p);
    } finally {
      mutex.unlock();
    }
    if (put) this.items.notify(1);
    return put;
  }

  /** Takes a value; undefined when there is none. */
  tryGet(): Uint8Array<ArrayBuffer> | undefined {
    const mutex = this.#getting;
    // Without the mutex: an empty queue is looked at often.
    if (Atomics.load(this.#words, PUTS + POSITION) === Atomics.load(this.#words, GETS + POSITION)) {
      return undefined;
    }
    if (!mutex.tryLockFast() && !this.#lock(mutex, GETS)) return undefined;
    let message: Uint8Array<ArrayBuffer> | undefined;
    try {
      message = this.#read();
    } finally {
      mutex.unlock();
    }
    this.space.notify();
    return message;
  }

  /** One task less of this handle's. False: it has none. */
  taskDone(): boolean {
    if (this.#unfinishedOf(this.#place) <= 0) return false;
    const at = placeAt(this.#place) + DONE;
    Atomics.store(this.#words, at, (this.#words[at]! + 1) | 0);
    this.done.notify();
    return true;
  }

  /** Tasks that are not done, of values that are still here and of consumers that live. */
  get unfinished(): number {
    let unfinished = this.size;
    for (let place = 0; place < PLACE_COUNT; place++) {
      const owner = Atomics.load(this.#words, placeAt(place));
      if (owner !== 0 && !isDead(owner)) unfinished += Math.max(0, this.#unfinishedOf(place));
    }
    return unfinished;
  }

  /** Forgets the tasks that were not done by consumers that are gone, and returns how many there were. */
  takeLost(): number {
    let lost = 0;
    for (let place = 0; place < PLACE_COUNT; place++) {
      if (!isDead(Atomics.load(this.#words, placeAt(place)))) continue;
      // It may have died while it took something: then the next owner of the mutex sets its account right.
      if (!this.#lock(this.#getting, GETS)) return lost;
      try {
        const left = Math.max(0, this.#unfinishedOf(place));
        if (this.#presenceAt(place).bury()) lost += left;
      } finally {
        this.#getting.unlock();
      }
    }
    return lost;
  }

  /** Gives up what this handle has. Tasks that are not done count as those of the dead. */
  close(): void {
    const presence = this.#presence;
    if (presence?.mine) {
      if (this.#unfinishedOf(this.#place) > 0) presence.give(FUTEX_OWNER_DIED);
      else presence.release();
      this.done.notify();
    }
    this.#presence = undefined;
    this.#place = -1;
    this.#putting.close();
    this.#getting.close();
  }

  #lock(mutex: Mutex, side: number): boolean {
    if (!mutex.lockSync(PATIENCE)) return false;
    if (mutex.ownerDied) this.#repair(side);
    return true;
  }

  /** Finishes what the owner before did in part. */
  #repair(side: number): void {
    const words = this.#words;
    if (words[side + POSITION] === words[side + NEXT_POSITION]) {
      words[side + COUNT] = words[side + NEXT_COUNT]!;
    }
    if (side !== GETS) return;
    const getter = words[GETTER / 4]! - 1;
    if (getter < 0 || getter >= PLACE_COUNT) return;
    words[GETTER / 4] = 0;
    const place = placeAt(getter);
    // It may have counted a value that it did not come to take.
    if (words[place + LAST_TAKEN] === ((words[GETS + COUNT]! + 1) | 0)) {
      words[place + TAKEN] = words[place + TAKEN_BEFORE]!;
    }
  }

  #write(p: Uint8Array): boolean {
    const words = this.#words;
    const puts = words[PUTS + COUNT]!;
    if (this.#maxSize > 0 && ((puts - Atomics.load(words, GETS + COUNT)) | 0) >= this.#maxSize) return false;
    const { length } = p;
    const size = recordSize(length);
    let tail = words[PUTS + POSITION]!;
    const free = this.#capacity - this.#usedUpTo(tail, Atomics.load(words, GETS + POSITION));
    let offset = tail & (this.#capacity - 1);
    const rest = this.#capacity - offset;
    if (size > rest) {
      if (rest > free) return false;
      words[(DATA + offset) >> 2] = (rest - RECORD) | FILLER << KIND_SHIFT;
      tail = (tail + rest) | 0;
      offset = 0;
      if (size > free - rest) {
        // The rest may have to be given back before there is room.
        this.#commit(PUTS, tail, puts);
        return false;
      }
    } else if (size > free) return false;
    words[(DATA + offset) >> 2] = length;
    this.#bytes.set(p, DATA + offset + RECORD);
    this.#commit(PUTS, (tail + size) | 0, (puts + 1) | 0);
    return true;
  }

  #read(): Uint8Array<ArrayBuffer> | undefined {
    const words = this.#words;
    const tail = Atomics.load(words, PUTS + POSITION);
    const gets = words[GETS + COUNT]!;
    let head = words[GETS + POSITION]!;
    for (let fillers = 0; fillers < 2; fillers++) {
      const used = this.#usedUpTo(tail, head);
      if (used === 0) return undefined;
      const offset = head & (this.#capacity - 1);
      const word = words[(DATA + offset) >> 2]!;
      const length = word & LENGTH;
      const size = recordSize(length);
      const kind = word >>> KIND_SHIFT;
      if (size > used || size > this.#capacity - offset) break;
      if (kind === FILLER) {
        head = (head + size) | 0;
        this.#commit(GETS, head, gets);
      } else if (kind === MESSAGE) {
        const message = this.#received.copy(this.#bytes, words, DATA + offset + RECORD, length);
        this.#account(gets);
        this.#commit(GETS, (head + size) | 0, (gets + 1) | 0);
        return message;
      } else break;
    }
    throw broken(`at ${head >>> 0} there is no value`);
  }

  /** See queue_layout.ts. */
  #commit(side: number, position: number, count: number): void {
    const words = this.#words;
    words[side + NEXT_POSITION] = position;
    words[side + NEXT_COUNT] = count;
    Atomics.store(words, side + POSITION, position);
    Atomics.store(words, side + COUNT, count);
  }

  /** Counts a value that is about to be taken. */
  #account(gets: number): void {
    if (this.#place < 0 && !this.#takePlace()) return;
    const place = placeAt(this.#place);
    const words = this.#words;
    const taken = words[place + TAKEN]!;
    words[GETTER / 4] = this.#place + 1;
    words[place + TAKEN_BEFORE] = taken;
    words[place + LAST_TAKEN] = (gets + 1) | 0;
    Atomics.store(words, place + TAKEN, (taken + 1) | 0);
  }

  /** While the mutex is held. False: all places are taken, and tasks of this handle are not counted. */
  #takePlace(): boolean {
    for (let place = 0; place < PLACE_COUNT; place++) {
      const at = placeAt(place);
      if (isDead(this.#words[at]!) && this.#unfinishedOf(place) <= 0) this.#presenceAt(place).bury();
      if (Atomics.load(this.#words, at) !== 0) continue;
      this.#words.fill(0, at + TAKEN, at + TAKEN_BEFORE + 1);
      const presence = this.#presenceAt(place);
      if (!presence.claim()) continue;
      this.#presence = presence;
      this.#place = place;
      return true;
    }
    return false;
  }

  #presenceAt(place: number): Presence {
    return new Presence(this.#memory, PLACES + place * CELL);
  }

  #unfinishedOf(place: number): number {
    if (place < 0) return 0;
    const at = placeAt(place);
    return (Atomics.load(this.#words, at + TAKEN) - Atomics.load(this.#words, at + DONE)) | 0;
  }

  #usedUpTo(tail: number, head: number): number {
    const used = (tail - head) | 0;
    if (used < 0 || used > this.#capacity || ((tail | head) & 7) !== 0) {
      throw broken(`its tail is ${tail >>> 0}, and its head ${head >>> 0}`);
    }
    return used;
  }
}

function placeAt(place: number): number {
  return (PLACES + place * CELL) / 4;
}

function isDead(owner: number): boolean {
  return (owner & FUTEX_OWNER_DIED) !== 0;
}

function broken(what: string): Deno.errors.InvalidData {
  return wrongWire("Cannot use the queue", `another process has broken it: ${what}`);
}
