import { undecodable } from "./message_error.ts";

/**
 * Looks over a message in MessagePack before it is decoded: every part that a length promises has to be there. A
 * decoder makes room for what an array's length says, which five bytes can set to four billion.
 *
 * @returns Whether parts of it are bytes, which a decoder gives out as views of the message.
 */
export function lookOver(bytes: Uint8Array<ArrayBuffer>): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { length } = bytes;
  let hasBytes = false;
  let at = 0;
  /** How many values have still to come; each takes a byte at least. */
  let missing = 1;
  while (missing > 0) {
    if (missing > length - at) throw undecodable("msgpack", "it promises more than it holds");
    const head = bytes[at++]!;
    missing--;
    if (head < 0x80 || head >= 0xe0) continue;
    if (head < 0x90) missing += (head & 0x0f) * 2;
    else if (head < 0xa0) missing += head & 0x0f;
    else if (head < 0xc0) at += head & 0x1f;
    else {
      if (head === 0xc1) throw undecodable("msgpack", "it has a part of no kind (0xc1)");
      const [size, unit, extra] = HEADS[head - 0xc0]!;
      let count = 0;
      if (size > 0) {
        if (size > length - at) throw undecodable("msgpack", "it ends early");
        count = size === 1 ? bytes[at]! : size === 2 ? view.getUint16(at) : view.getUint32(at);
      }
      at += size + extra;
      if (unit === "items") missing += count;
      else if (unit === "pairs") missing += count * 2;
      else at += count;
      hasBytes ||= unit === "bytes";
    }
    if (at > length) throw undecodable("msgpack", "it ends early");
  }
  if (at < length) throw undecodable("msgpack", "something follows it");
  return hasBytes;
}

type Unit = "none" | "bytes" | "text" | "items" | "pairs";

/** From 0xc0 on: the bytes of a length, what it counts, and how many bytes there are besides. */
const HEADS: readonly (readonly [size: number, unit: Unit, extra: number])[] = [
  ...plain(0, 0, 0, 0), // nil, (never used), false, true
  [1, "bytes", 0],
  [2, "bytes", 0],
  [4, "bytes", 0],
  [1, "bytes", 1], // ext 8, 16, 32: a type besides
  [2, "bytes", 1],
  [4, "bytes", 1],
  ...plain(4, 8), // float 32, 64
  ...plain(1, 2, 4, 8), // uint 8, 16, 32, 64
  ...plain(1, 2, 4, 8), // int 8, 16, 32, 64
  [0, "bytes", 2], // fixext 1, 2, 4, 8, 16: a type besides
  [0, "bytes", 3],
  [0, "bytes", 5],
  [0, "bytes", 9],
  [0, "bytes", 17],
  [1, "text", 0],
  [2, "text", 0],
  [4, "text", 0],
  [2, "items", 0],
  [4, "items", 0],
  [2, "pairs", 0],
  [4, "pairs", 0],
];

function plain(...extras: number[]): (readonly [number, Unit, number])[] {
  return extras.map((extra) => [0, "none", extra]);
}
