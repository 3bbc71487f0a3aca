/** A connection whose other side is a test that writes the bytes of the wire by hand. */

import { type Codec, type CodecName, Connection, pipe, type PipeReader, type PipeWriter } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** The connection, and the ends of its two pipes that are the test's. */
export interface RawWire {
  connection: Connection;
  /** What the connection receives. */
  input: PipeWriter;
  /** What the connection sent. */
  output: PipeReader;
}

/** A test on such a connection; it must leave no descriptor open. */
export function testRawWire(
  promise: string,
  body: (wire: RawWire) => Promise<void>,
  options: { codec?: CodecName | Codec<unknown>; maxMessageSize?: number } = {},
): void {
  Deno.test(promise, () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, promise, async () => {
        using there = pipe();
        using back = pipe();
        using connection = await Connection.over({ reader: there.reader, writer: back.writer }, options);
        await body({ connection, input: there.writer, output: back.reader });
      })
    ));
}

/** The four bytes of a message's length. */
export function header(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

/** The twelve bytes of the length of a message over 0x7fffffff bytes. */
export function longHeader(length: bigint): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, -1);
  view.setBigUint64(4, length);
  return bytes;
}

/** One after the other. */
export function joined(...parts: (Uint8Array | string)[]): Uint8Array {
  const encoder = new TextEncoder();
  const all = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A message on the wire. */
export function frame(body: Uint8Array | string): Uint8Array {
  const bytes = joined(body);
  return joined(header(bytes.length), bytes);
}
