/**
 * A ring in shared memory through which one producer passes messages to one consumer. All numbers are little-endian.
 *
 * A ring begins with a control block of 512 bytes, at a multiple of 64. What one side writes again and again is apart
 * from what the other one writes:
 *
 * ```text
 *    0  u32  tail      bytes that the producer has published so far, modulo 2^32
 *    4  u32  left      1 when the producer has closed its end: nothing comes any more
 *   64  u32[2]         items: where the consumer sleeps (an event count)
 *   72  u32  gone      1 when the consumer has closed its end: nobody reads any more
 *  128  u32  head      bytes that the consumer has given back so far, modulo 2^32
 *  192  u32[2]         space: where the producer sleeps (an event count)
 *  256  64 bytes       producer: its presence
 *  320  64 bytes       consumer: its presence
 *  512                 the data: `capacity` bytes, a power of two
 * ```
 *
 * `tail - head` bytes are in use, from the offset `head % capacity` of the data on. They are records, each at a
 * multiple of 8 and never around the end:
 *
 * ```text
 *    0  u32  bits 0-29: length of the payload, bits 30-31: kind
 *    4  u32  total: of a fragment, the length of the whole message; otherwise nothing
 *    8       the payload, and bytes up to the next multiple of 8
 * ```
 *
 * | kind | |
 * | ---- | --- |
 * | 0 | a message |
 * | 1 | nothing: the rest of the data was too small, and what comes next begins at its start |
 * | 2 | a fragment of a message that is larger than the ring: the whole is there when as much as its total is |
 * | 3 | the fragments so far are of a message that its sender gave up |
 *
 * The producer writes a record and then stores the tail behind it: the consumer sees all of a record or nothing,
 * whenever the producer dies. The consumer stores the head when it needs the record no more. After its store each
 * looks whether the other one sleeps. Each remembers what it read of the other's position, and reads it again when
 * that is not enough.
 *
 * The presences tell that an end is in use, and by a thread that lives. The layouts of presence and event count are
 * in lib/sync.
 */

/** Offsets in the control block, in bytes. */
export const TAIL = 0;
export const LEFT = 4;
export const ITEMS = 64;
export const GONE = 72;
export const HEAD = 128;
export const SPACE = 192;
export const PRODUCER = 256;
export const CONSUMER = 320;
export const CONTROL_SIZE = 512;

/** The head of a record. */
export const RECORD = 8;
export const LENGTH = 0x3fffffff;
export const KIND_SHIFT = 30;
export const MESSAGE = 0;
export const FILLER = 1;
export const FRAGMENT = 2;
export const GIVEN_UP = 3;

/** The least and the most of data. */
export const LEAST_CAPACITY = 4096;
export const MOST_CAPACITY = 2 ** 30;

/** How much of a ring a record with a payload takes. */
export function recordSize(length: number): number {
  return (length + RECORD + 7) & -8;
}
