/**
 * What tests send: whether it arrived whole and in order can be seen from itself. Programs of tests/children use it
 * too, so that it imports nothing.
 *
 * @module
 */

/** Bytes that tell their place: the same for every call, and no block repeats soon. */
export function pattern(length: number, from = 0): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, i) => (Math.imul(from + i, 2654435761) >>> 16) & 0xff);
}

/** Line `i` of a writer; whether it is whole can be seen from the line alone. */
export function numberedLine(name: string, i: number): string {
  // Mostly short, so that there are many; every 50th is as long as may be written whole.
  const length = i % 50 === 0 ? 4096 : 20 + (i * 7919) % 180;
  const head = `${name} ${i} `;
  const tail = ` ${length}\n`;
  return head + "x".repeat(length - head.length - tail.length) + tail;
}
