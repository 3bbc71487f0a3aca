/** Bytes to send through something, and what came out of it. */

import type { PipeReader } from "../../mod.ts";

/** 1 MiB in which every byte value occurs, and no period that a lost block could hide in. */
export function someBytes(): Uint8Array<ArrayBuffer> {
  let state = 1;
  return new Uint8Array(1024 * 1024).map(() => (state = Math.imul(state, 1103515245) + 12345) >>> 16);
}

/** The SHA-256 of bytes, in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** All that can be read until the end, as text. */
export async function textFrom(reader: PipeReader): Promise<string> {
  const decoder = new TextDecoder();
  const p = new Uint8Array(4096);
  let text = "";
  for (let count = await reader.read(p); count !== null; count = await reader.read(p)) {
    text += decoder.decode(p.subarray(0, count), { stream: true });
  }
  return text;
}
