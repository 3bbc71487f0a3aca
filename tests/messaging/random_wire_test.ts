/** Any bytes at all, to the frame reader and the handshake: no crash, no hang, no memory above the limit. */

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@^4.3.0";
import { codecOf } from "../../lib/messaging/codecs.ts";
import { FrameReader } from "../../lib/messaging/frame_reader.ts";
import { type ByteStream, Connection } from "../../mod.ts";
import { joined } from "../support/raw_wire.ts";

const RUNS = 50_000;
const LIMIT = 64 * 1024;

/** Bytes as they come out of reads of all sizes, with and without waiting, and then the end. */
class Script implements ByteStream {
  readonly #bytes: Uint8Array;
  readonly #cuts: number[];
  #at = 0;
  #reads = 0;
  tryRead: ((p: Uint8Array) => number | null) | undefined;

  constructor(bytes: Uint8Array, cuts: number[], canTry: boolean) {
    this.#bytes = bytes;
    this.#cuts = cuts;
    this.tryRead = canTry ? (p) => this.#reads % 3 === 0 ? (this.#reads++, 0) : this.#take(p) : undefined;
  }

  read(p: Uint8Array): Promise<number | null> {
    return Promise.resolve(this.#take(p));
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}

  #take(p: Uint8Array): number | null {
    assert(
      p.length > 0 && p.buffer.byteLength <= 4 * LIMIT,
      `A read of ${p.length} of ${p.buffer.byteLength} bytes`,
    );
    const left = this.#bytes.length - this.#at;
    if (left === 0) return null;
    const count = Math.min(left, p.length, this.#cuts[this.#reads++ % this.#cuts.length]!);
    p.set(this.#bytes.subarray(this.#at, this.#at + count));
    this.#at += count;
    return count;
  }
}

/** Bytes that are now and then a wire: random ones hardly ever are. */
const wire = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(
      joined("#CHALLENGE#"),
      joined("{sha256}"),
      joined("{md5}"),
      joined("#WELCOME#"),
      new Uint8Array([0xff, 0xff, 0xff, 0xff]),
      new Uint8Array([0x7f, 0xff, 0xff, 0xff]),
    ),
    fc.oneof(fc.integer({ min: -2, max: 300 }), fc.integer()).map((length) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setInt32(0, length);
      return bytes;
    }),
    fc.record({ size: fc.integer({ min: 0, max: 60 }), fill: fc.integer({ min: 0, max: 255 }) }).map((
      { size, fill },
    ) => joined(new Uint8Array([0, 0, 0, size]), new Uint8Array(size).fill(fill))),
  ),
  { maxLength: 8 },
).map((parts) => joined(...parts));

const cuts = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 });

Deno.test(`${RUNS} random streams through the frame reader give messages, and then one typed error or the end`, async () => {
  await fc.assert(
    fc.asyncProperty(wire, cuts, fc.boolean(), async (bytes, cuts, canTry) => {
      const frames = new FrameReader(new Script(bytes, cuts, canTry), LIMIT);
      let taken = 0;
      try {
        for (;;) {
          const frame = frames.next();
          if (frame !== undefined) {
            taken += 4 + frame.length;
            continue;
          }
          let count = frames.tryFill();
          if (count === 0) count = await frames.fill();
          if (count === null) break;
        }
        const missing = frames.missing("Cannot receive");
        if (missing === undefined) assert(taken <= bytes.length);
        else {assert(
            missing instanceof Deno.errors.UnexpectedEof
              && (missing as Error & { missing: number }).missing > 0,
          );}
      } catch (error) {
        assert(error instanceof Deno.errors.InvalidData, `${error}`);
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test(`${RUNS} random streams as the other side of a handshake are refused, each with a typed error`, async () => {
  await fc.assert(
    fc.asyncProperty(
      wire,
      cuts,
      fc.boolean(),
      fc.constantFrom("listener" as const, "client" as const),
      fc.boolean(),
      async (bytes, cuts, canTry, role, allowLegacyAuth) => {
        const options = { authKey: "secret", role, allowLegacyAuth, maxMessageSize: LIMIT };
        const error = await Connection.over(new Script(bytes, cuts, canTry), options).then(
          () => undefined,
          (error) => error,
        );
        const typed = [Deno.errors.PermissionDenied, Deno.errors.InvalidData, Deno.errors.UnexpectedEof];
        assert(typed.some((type) => error instanceof type), `${error}`);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("random values go through structured unchanged", () => {
  const structured = codecOf("structured");
  const values = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  });
  fc.assert(
    fc.property(values, (value) => {
      assertEquals(structured.decode(structured.encode(value).slice(), true), structuredClone(value));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("random changes to what structured wrote give a value or InvalidData", () => {
  const structured = codecOf("structured");
  const value = [
    { a: "text", b: [1.5, 2n, , null], c: "é日" },
    new Map([[1, new Set([2])]]),
    new Uint16Array(5),
    /a/g,
    new Error("e"),
  ];
  const good = structured.encode(value).slice();
  const changes = fc.array(
    fc.tuple(fc.integer({ min: 2, max: good.length - 1 }), fc.integer({ min: 0, max: 255 })),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(changes, (changes) => {
      const bytes = good.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        structured.decode(bytes, true);
      } catch (error) {
        assert(error instanceof Deno.errors.InvalidData, `${error}`);
      }
    }),
    { numRuns: 10_000 },
  );
});
