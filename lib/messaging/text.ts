/** Text in messages: what is not UTF-8 is an error, and a byte order mark is a character. */

import { builtin } from "../primitives/builtin.ts";
import { COPIED } from "./codec.ts";
import { undecodable } from "./message_error.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Methods of Buffer that work on every Uint8Array, five times as fast as TextDecoder for short text. */
interface Slices {
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  latin1Slice(this: Uint8Array, start: number, end: number): string;
}

let slices: Slices | undefined;

/** Loading them takes 5 ms, the time for so many pieces of text without them: a child's first message is there before. */
let few = 100;
const SHORT = 100;

function slicesOf(length: number): Slices | undefined {
  if (slices === undefined && (length > SHORT || --few < 0)) {
    slices = builtin("node:buffer").Buffer.prototype as unknown as Slices;
  }
  return slices;
}

/** Short text is encoded into memory that is used again. */
const scratch = new Uint8Array(COPIED);

/** The bytes of text: up to COPIED of them good until the next call, more are the text's own. */
export function encodeText(text: string): Uint8Array {
  // A UTF-16 unit becomes three bytes at most.
  if (text.length * 3 > scratch.length) return encoder.encode(text);
  return scratch.subarray(0, encoder.encodeInto(text, scratch).written);
}

/** Decodes a part of `bytes`. */
export function decodeText(codec: string, bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const slices = slicesOf(end - start);
  if (slices === undefined) return decodeStrictly(codec, bytes.subarray(start, end));
  const text = slices.utf8Slice.call(bytes, start, end);
  // It puts U+FFFD where it finds no UTF-8. So does a sender: the strict one knows.
  return text.includes("\uFFFD") ? decodeStrictly(codec, bytes.subarray(start, end)) : text;
}

/** Decodes a part of `bytes` in which each byte is a character: what TextDecoder calls Latin-1 is another thing. */
export function decodeLatin1(bytes: Uint8Array, start: number, end: number): string {
  const slices = slicesOf(end - start);
  return slices === undefined
    ? String.fromCharCode(...bytes.subarray(start, end))
    : slices.latin1Slice.call(bytes, start, end);
}

function decodeStrictly(codec: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw undecodable(codec, "it is not UTF-8", error);
  }
}
