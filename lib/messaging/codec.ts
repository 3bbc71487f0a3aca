/**
 * How values become messages, and messages values.
 *
 * @example A codec of one's own: numbers as eight bytes
 * ```ts
 * import { type Codec, connectionPair } from "@ipc/ipc";
 *
 * const numbers: Codec<number> = {
 *   name: "numbers",
 *   encode: (value) => new Uint8Array(new Float64Array([value]).buffer),
 *   decode: (bytes) => new Float64Array(bytes.slice().buffer)[0]!,
 * };
 * const [a, b] = connectionPair({ codec: numbers });
 * await a.send(1.5);
 * console.log(await b.recv());
 * a.close();
 * b.close();
 * ```
 */
export interface Codec<T> {
  /** What messages of errors call it. */
  readonly name: string;
  /**
   * The bytes of a value. Up to 32 KiB are copied before the next call; more than that must stay as they are until
   * the message is sent.
   *
   * @throws {TypeError} When the value cannot be carried; best with the path to what cannot
   */
  encode(value: T): Uint8Array;
  /**
   * The value of a message. What it throws, `recv` rejects with: the connection stays usable.
   *
   * @param bytes Good during this call. To keep them, copy them, unless `own` is true.
   * @param own Whether the bytes are the message's own memory.
   */
  decode(bytes: Uint8Array<ArrayBuffer>, own: boolean): T;
}

/** Up to so many bytes of a message are copied at once. */
export const COPIED = 32 * 1024;

/** That a value cannot be carried, with the path to the part that cannot: `$.a[3].f: a function`. */
export function cannotCarry(codec: string, path: string, what: string, cause?: unknown): TypeError {
  return new TypeError(`Cannot send as ${codec}: $${path}: ${what}`, { cause });
}

/** A property in a path. */
export function step(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** A value in a message, in a word or two. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  const name: unknown = typeof value === "object" ? value.constructor?.name : typeof value;
  if (typeof name !== "string" || name === "" || name === "Object") return "an object";
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** The first part of a value that is refused, what it is, and the path to it. A cycle is refused as well. */
export function pathTo(
  value: unknown,
  refused: (value: unknown) => string | undefined,
  mostNested = Infinity,
): [path: string, what: string] | undefined {
  const around = new Set<unknown>();
  const search = (value: unknown, path: string): [string, string] | undefined => {
    const why = refused(value);
    if (why !== undefined) return [path, why];
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
    if (around.has(value)) return [path, "a cycle"];
    if (around.size >= mostNested) return [path.slice(0, 250), `nested deeper than ${mostNested}`];
    around.add(value);
    for (const [key, inner] of Object.entries(value)) {
      const found = search(inner, path + step(Array.isArray(value) ? Number(key) : key));
      if (found !== undefined) return found;
    }
    around.delete(value);
    return undefined;
  };
  return search(value, "");
}
