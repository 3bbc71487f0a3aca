/**
 * Words in shared memory that tell when the thread which took them has ended, however it ended.
 *
 * The kernel does it (the "robust list" of futex(2), Documentation/locking/robust-futex-ABI.rst): a thread keeps a
 * list of the words that it has taken, and when it ends the kernel walks the list and sets FUTEX_OWNER_DIED in each
 * that still holds the thread's number. Nobody has to look whether a process lives.
 *
 * A cell of 64 bytes, as everything here uses it:
 *
 * | offset | what                                                                                              |
 * | ------ | ------------------------------------------------------------------------------------------------- |
 * | 0      | the word: 0 free; or the number of the thread, with FUTEX_WAITERS; or FUTEX_OWNER_DIED              |
 * | 4..31  | free for the owner of the cell; 24..31 is written by the C library, should it link a node of its own |
 * | 32     | the list's link: an address in the memory of the thread that took the word, for the kernel alone   |
 * | 40..63 | free for the owner of the cell                                                                    |
 *
 * The links are written and never read here: others can write to the memory too. What is taken stands in a list of
 * objects; links are rewritten from that.
 */

import { get_robust_list, gettid } from "../ffi/futex.ts";
import { linuxOnly } from "./linux_only.ts";

/** Shared memory, mapped. */
export interface Region {
  /** The bytes. */
  readonly buffer: ArrayBuffer;
  /** Where they are mapped. */
  readonly address: bigint;
  /** What tells this memory from all other: two mappings of one file have the same. */
  readonly identity?: string;
}

/** Bytes of a cell; it begins at a multiple of it. */
export const CELL = 64;

/** The link's distance from its word: what the C library registered with the kernel, and nobody may change. */
const LINK = 32;

/** The kernel walks no further (ROBUST_LIST_LIMIT); some room is left for the C library. */
const MOST = 2000;

/**
 * This thread's list. It is shared by all copies of this library in a thread (two versions in one program): hence
 * plain fields. Addresses are kept as the numbers whose eight bytes they are: to store one is one instruction, where
 * a BigInt takes a call.
 */
interface ThreadList {
  readonly tid: number;
  /** `{ next, futex_offset, list_op_pending }` */
  readonly head: Float64Array<ArrayBuffer>;
  /** What the list began with when we came. */
  rest: number;
  top: Link | undefined;
  count: number;
}

interface Link {
  readonly link: Float64Array<ArrayBuffer>;
  readonly linkAddress: number;
  readonly region: Region;
  readonly place: number;
  above: Link | undefined;
  below: Link | undefined;
}

const KEY = Symbol.for("ipc.robust_list.1");

function threadList(): ThreadList {
  return (globalThis as { [KEY]?: ThreadList })[KEY] ??= newList();
}

function newList(): ThreadList {
  linuxOnly("A lock between processes");
  const { words } = get_robust_list();
  if (words[1] !== BigInt(-LINK)) {
    throw new Deno.errors.NotSupported(`Cannot use this C library's robust list: its offset is ${words[1]}`);
  }
  const head = new Float64Array(words.buffer);
  return { tid: gettid(), head, rest: head[0]!, top: undefined, count: 0 };
}

/** The number whose eight bytes are this address. */
function asNumber(address: bigint): number {
  return new Float64Array(BigUint64Array.of(address).buffer)[0]!;
}

/** A word that a thread takes and gives back; others learn when it ends before. One for each cell and thread. */
export class RobustWord implements Link {
  /** The cell as 32-bit words: the first is the word itself. */
  readonly words: Int32Array<ArrayBuffer>;
  /** Of the word: what futex(2) takes. */
  readonly address: bigint;
  readonly link: Float64Array<ArrayBuffer>;
  readonly linkAddress: number;
  above: Link | undefined = undefined;
  below: Link | undefined = undefined;
  /** Kept: memory must stay mapped while it is linked. */
  readonly region: Region;
  /** The cell's offset. */
  readonly place: number;
  protected readonly list: ThreadList;

  constructor(region: Region, offset: number) {
    this.region = region;
    this.place = offset;
    this.words = new Int32Array(region.buffer, offset, CELL / 4);
    this.address = region.address + BigInt(offset);
    this.link = new Float64Array(region.buffer, offset + LINK, 1);
    this.linkAddress = asNumber(this.address + BigInt(LINK));
    this.list = threadList();
  }

  /** Takes the word if its value is `expected`; `flag` is FUTEX_WAITERS or 0. */
  take(expected: number, flag: number): boolean {
    const { list } = this;
    const { head } = list;
    // From here to the link, should we be killed, the kernel finds the word here. It compares the thread's number,
    // and threads of other containers may have the same: so this is said for these few instructions only.
    head[2] = this.linkAddress;
    if (Atomics.compareExchange(this.words, 0, expected, list.tid | flag) !== expected) {
      head[2] = 0;
      return false;
    }
    const below = list.top;
    this.below = below;
    if (below !== undefined) {
      below.above = this;
      this.link[0] = below.linkAddress;
    } else {
      this.link[0] = list.rest;
    }
    list.top = this;
    list.count++;
    head[0] = this.linkAddress;
    head[2] = 0;
    if (list.count > MOST) this.#tooMany();
    return true;
  }

  /** Gives the word back with a new value, and returns the old one: FUTEX_WAITERS in it means to wake one. */
  give(value: number): number {
    const { list, above, below } = this;
    const { head } = list;
    head[2] = this.linkAddress;
    const next = below === undefined ? list.rest : below.linkAddress;
    if (above === undefined) {
      list.top = below;
      head[0] = next;
    } else {
      above.below = below;
      above.link[0] = next;
      this.above = undefined;
    }
    if (below !== undefined) {
      below.above = above;
      this.below = undefined;
    }
    list.count--;
    const old = Atomics.exchange(this.words, 0, value);
    head[2] = 0;
    return old;
  }

  #tooMany(): never {
    this.give(0);
    throw new RangeError(`Cannot hold more than ${MOST} locks and places of shared objects in one thread`);
  }
}
