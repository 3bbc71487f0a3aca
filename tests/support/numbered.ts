/** Messages for tests. Programs of tests/children use them too, so that it imports nothing. */

/** Message `i` of a stream: its length and each byte tell whether it is whole, and which it is. */
export function numbered(i: number, longest = 300): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(4 + (Math.imul(i + 1, 2654435761) >>> 8) % (longest - 3)).fill(i * 7);
  new DataView(message.buffer).setUint32(0, i);
  return message;
}

/** Which message of a stream this is; throws unless it is whole. */
export function numberOf(message: Uint8Array, longest = 300): number {
  const i = new DataView(message.buffer, message.byteOffset).getUint32(0);
  const wanted = numbered(i, longest);
  if (message.length !== wanted.length || message.some((byte, at) => byte !== wanted[at])) {
    throw new Error(`Message ${i} is torn: ${message.length} bytes instead of ${wanted.length}`);
  }
  return i;
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The text of a message. */
export function text(message: Uint8Array | null | undefined): string | null | undefined {
  return message && new TextDecoder().decode(message);
}
