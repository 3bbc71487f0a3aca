import { cannotCarry, type Codec, kindOf, pathTo } from "./codec.ts";
import { undecodable } from "./message_error.ts";
import { decodeText, encodeText } from "./text.ts";

/** Messages are bytes. */
export const bytesCodec: Codec<Uint8Array> = {
  name: "bytes",
  encode(value) {
    if (value instanceof Uint8Array) return value;
    throw cannotCarry("bytes", "", `${kindOf(value)}, and not a Uint8Array`);
  },
  decode: (bytes, own) => own ? bytes : bytes.slice(),
};

/** Messages are text in UTF-8. */
export const textCodec: Codec<string> = {
  name: "text",
  encode(value) {
    if (typeof value !== "string") throw cannotCarry("text", "", `${kindOf(value)}, and not a string`);
    if (!value.isWellFormed()) throw cannotCarry("text", "", "half of a surrogate pair, which UTF-8 has not");
    return encodeText(value);
  },
  decode: (bytes) => decodeText("text", bytes),
};

/**
 * Messages are JSON, as `JSON.stringify` writes it: what it leaves out (functions and undefined in objects) is left
 * out. What it refuses is refused: BigInt, a cycle, and a whole message that JSON has nothing for.
 */
// deno-lint-ignore no-explicit-any -- As JSON.parse.
export const jsonCodec: Codec<any> = {
  name: "json",
  encode(value) {
    let text: string | undefined;
    try {
      text = JSON.stringify(value);
    } catch (error) {
      const [path, what] = pathTo(value, refused) ?? ["", (error as Error).message];
      throw cannotCarry("json", path, what, error);
    }
    if (text === undefined) throw cannotCarry("json", "", kindOf(value));
    return encodeText(text);
  },
  decode(bytes) {
    const text = decodeText("json", bytes);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw undecodable("json", (error as Error).message, error);
    }
  },
};

/** Why JSON.stringify refuses a value. */
function refused(value: unknown): string | undefined {
  if (typeof value === "bigint") return "a bigint";
  if (typeof value !== "object" || value === null || !("toJSON" in value)) return undefined;
  return `${kindOf(value)} with a toJSON that failed`;
}
