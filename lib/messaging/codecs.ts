import type { Codec } from "./codec.ts";
import { bytesCodec, jsonCodec, textCodec } from "./plain_codecs.ts";
import { structuredCodec } from "./structured_codec.ts";

/**
 * The codecs that come with the library:
 *
 * - `"structured"`: values as `structuredClone` carries them, for programs in JavaScript (the default);
 * - `"json"`: what `JSON.stringify` writes;
 * - `"text"`: strings, as UTF-8;
 * - `"bytes"`: each message a `Uint8Array`.
 */
export type CodecName = "structured" | "json" | "text" | "bytes";

/** The values that a codec carries. */
export type Carried<C> = C extends Codec<infer T> ? T
  : C extends "text" ? string
  : C extends "bytes" ? Uint8Array
  // deno-lint-ignore no-explicit-any -- As JSON.parse and MessageEvent.data.
  : any;

// deno-lint-ignore no-explicit-any -- Each carries something else.
const CODECS: Record<CodecName, Codec<any>> = {
  structured: structuredCodec,
  json: jsonCodec,
  text: textCodec,
  bytes: bytesCodec,
};

/** The codec that an option means: one of ours by its name, or one of the caller's. */
export function codecOf<C>(codec: C | undefined): Codec<Carried<C>> {
  if (codec === undefined) return structuredCodec as Codec<Carried<C>>;
  if (typeof codec === "string" && Object.hasOwn(CODECS, codec)) {
    return CODECS[codec as CodecName];
  }
  const { encode, decode } = (codec ?? {}) as Partial<Codec<unknown>>;
  if (typeof encode === "function" && typeof decode === "function") return codec as Codec<Carried<C>>;
  throw new TypeError(
    `The option codec takes ${
      Object.keys(CODECS).map((name) => `"${name}"`).join(", ")
    } or an object with encode() `
      + "and decode(); MessagePack has an entry point of its own, ./msgpack",
  );
}
