import { assertEquals } from "@std/assert";
import { msgpack } from "../../lib/messaging/msgpack.ts";
import { type CodecName, connectionPair } from "../../mod.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** Around the limits up to which messages are copied, joined, and read in place. */
const SIZES = [10, 4_000, 16_000, 17_000, 32_760, 32_770, 40_000, 65_530, 65_540, 90_000];

for (const codec of ["text", "json", "structured", msgpack] as const) {
  const name = typeof codec === "string" ? codec : codec.name;
  Deno.test(`messages of all sizes that are sent in one turn arrive as they were (${name})`, () =>
    within(PATIENCE_MS, name, async () => {
      const [a, b] = connectionPair({ codec: codec as CodecName });
      const values = [...SIZES, ...SIZES.toReversed()].flatMap((size, i) => [
        String.fromCharCode(97 + i).repeat(size),
        String.fromCharCode(0x20a0 + i).repeat(size / 3), // Three bytes each.
      ]);
      const sent = Promise.all(values.map((value) => a.send(value)));
      for (const value of values) assertEquals(await b.recv(), value);
      await sent;
      a.close();
      b.close();
    }));
}
