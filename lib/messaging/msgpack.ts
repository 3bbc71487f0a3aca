/**
 * Messages in MessagePack, which nearly every language has a library for. An entry point of its own, as it brings a
 * package from npm with it.
 *
 * @example
 * ```ts
 * import { connectionPair } from "@ipc/ipc";
 * import { msgpack } from "@ipc/ipc/msgpack";
 *
 * const [a, b] = connectionPair({ codec: msgpack });
 * await a.send({ point: [1, 2.5], raw: new Uint8Array([1, 2, 3]), big: 1n });
 * console.log(await b.recv());
 * a.close();
 * b.close();
 * ```
 *
 * @module
 */
import { Decoder, Encoder, ExtensionCodec } from "npm:@msgpack/msgpack@^3.1.3";
import { cannotCarry, type Codec, COPIED, kindOf, pathTo } from "./codec.ts";
import { undecodable } from "./message_error.ts";
import { lookOver } from "./msgpack_check.ts";

const MOST_NESTED = 1000;

class Refusal extends Error {}

/** Sees every object before it is written. What MessagePack has nothing for would become an empty map. */
class Extensions extends ExtensionCodec<undefined> {
  override tryToEncode(
    value: unknown,
    context: undefined,
  ): ReturnType<ExtensionCodec<undefined>["tryToEncode"]> {
    if (refused(value) !== undefined || holdsTooLarge(value)) throw new Refusal();
    return super.tryToEncode(value, context);
  }
}

const extensionCodec = new Extensions();
const encoder = new Encoder({ useBigInt64: true, maxDepth: MOST_NESTED, extensionCodec });
const decoder = new Decoder({ useBigInt64: true, extensionCodec });

/**
 * Messages are values in MessagePack: null, booleans, numbers, strings, `Uint8Array`, arrays, objects with names as
 * keys, Date, and bigint of 64 bits, for `codec` of every connection.
 *
 * - undefined arrives as null. Map, Set, functions and objects of a class are refused.
 * - Integers of 64 bits arrive as bigint, from any language; those of up to 32 bits, and floating point numbers, as
 *   number.
 */
// deno-lint-ignore no-explicit-any -- As JSON.parse.
export const msgpack: Codec<any> = {
  name: "msgpack",
  encode(value) {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      if (typeof value === "bigint" && refused(value) !== undefined) throw new Refusal();
      bytes = encoder.encodeSharedRef(value);
    } catch (error) {
      const [path, what] = pathTo(value, refused, MOST_NESTED) ?? ["", (error as Error).message];
      throw cannotCarry("msgpack", path, what, error instanceof Refusal ? undefined : error);
    }
    // The encoder's own memory: more than what is copied at once must be the message's own.
    return bytes.length > COPIED ? bytes.slice() : bytes;
  },
  decode(bytes, own) {
    const hasBytes = lookOver(bytes);
    try {
      return decoder.decode(hasBytes && !own ? bytes.slice() : bytes);
    } catch (error) {
      throw undecodable("msgpack", (error as Error).message, error);
    }
  },
};

/** Whether a part of it is a bigint that the package would cut off: it tells of objects only, before it writes them. */
function holdsTooLarge(value: unknown): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  for (const part of Object.values(value)) {
    if (typeof part === "bigint" && refused(part) !== undefined) return true;
  }
  return false;
}

/** Why MessagePack has nothing for a value. */
function refused(value: unknown): string | undefined {
  if (typeof value === "function" || typeof value === "symbol") return kindOf(value);
  if (typeof value === "bigint") {
    return BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value
      ? undefined
      : "a bigint of more than 64 bits";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return undefined;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || value instanceof Date
    ? undefined
    : kindOf(value);
}
