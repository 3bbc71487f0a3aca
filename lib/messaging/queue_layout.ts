/**
 * A queue in shared memory, for any number of producers and consumers. All numbers are little-endian.
 *
 * The header's parameters (see lib/sync/shared_object.ts) are three u32: the capacity in bytes, a power of two; the most
 * values, 0 for no limit; and the codec, 0 for one that the programs know.
 *
 * ```text
 *    64  the mutex of those that put (see lib/sync/mutex.ts)
 *   128  u32  tail        bytes put so far, modulo 2^32
 *   132  u32  puts        values put so far, modulo 2^32
 *   136  u32  next tail   what the two will be when the put under way is done
 *   140  u32  next puts
 *   192  u32[2]           where those sleep that get (an event count)
 *   256  the mutex of those that get
 *   268  u32              in its cell: the place of the consumer that gets, plus 1
 *   320  u32  head        bytes taken so far, modulo 2^32
 *   324  u32  gets        values taken so far, modulo 2^32
 *   328  u32  next head   what the two will be when the get under way is done
 *   332  u32  next gets
 *   384  u32[2]           where those sleep that put
 *   448  u32[2]           where those sleep that join
 *   512  64 places of 64 bytes: the consumers
 *  4608  the data: `capacity` bytes
 * ```
 *
 * The data are records as in ring_layout.ts, of the kinds 0 and 1.
 *
 * A place of a consumer:
 *
 * ```text
 *     0  its presence (see lib/sync/presence.ts)
 *     4  u32  values that it took
 *     8  u32  tasks that it has done
 *    12  u32  the number, by gets, of the value that it took last
 *    16  u32  values that it took before that one
 * ```
 *
 * Who puts holds the mutex, writes a record, the next tail, the next puts, the tail, and the puts, in this order: the
 * tail is what makes it valid. When its owner died, the next one finds the puts behind if the tail is the next tail, and
 * sets them to the next puts. So it is with those that get, who before all that write their place into the cell of the
 * mutex, and into the place what they have taken, the number of the value, and one more taken; when they died before
 * the head moved, the next owner takes that back.
 */

import { HEADER_SIZE, PARAMETERS } from "../sync/shared_object.ts";

/** In the header. */
export const CAPACITY = PARAMETERS;
export const MAX_SIZE = PARAMETERS + 4;
export const CODEC = PARAMETERS + 8;

export const PUT_MUTEX = HEADER_SIZE;
export const PUT = 128;
export const ITEMS = 192;
export const GET_MUTEX = 256;
export const GETTER = GET_MUTEX + 12;
export const GET = 320;
export const SPACE = 384;
export const JOIN = 448;
export const PLACES = 512;
export const DATA = PLACES + 64 * 64;

/** How many consumers can have tasks that are not done. */
export const PLACE_COUNT = 64;

/** In u32 from PUT or GET on. */
export const POSITION = 0;
export const COUNT = 1;
export const NEXT_POSITION = 2;
export const NEXT_COUNT = 3;

/** In u32 from a place on. */
export const TAKEN = 1;
export const DONE = 2;
export const LAST_TAKEN = 3;
export const TAKEN_BEFORE = 4;
