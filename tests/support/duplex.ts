/** What the tests of DuplexFifo share. */

import { assertRejects } from "@std/assert";
import { DuplexFifo, type DuplexFifoOptions } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { tempDir } from "./temp.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** Runs a body with a path in a fresh folder, a deadline, and the descriptors counted. */
export function test(name: string, body: (path: string, names: () => string[]) => Promise<void>): void {
  Deno.test(name, () =>
    assertNoLeak(() =>
      within(PATIENCE_MS, name, async () => {
        using dir = tempDir();
        await body(dir.join("p"), () => [...Deno.readDirSync(dir.path)].map((entry) => entry.name).sort());
      })
    ));
}

/** What a conversation over the path `p` needs. */
export const BOTH = ["p.in", "p.out"];

/** The next line of the other side, or null at its end. */
export async function line(duplex: DuplexFifo): Promise<string | null> {
  for await (const one of duplex.lines()) return one;
  return null;
}

/** Both sides of a conversation. */
export async function conversation(
  path: string,
  options?: DuplexFifoOptions,
): Promise<[DuplexFifo, DuplexFifo]> {
  return await Promise.all([DuplexFifo.listen(path, options), DuplexFifo.connect(path)]);
}

/** Fails unless writing breaks; what was killed gives its descriptors up one after the other, not at once. */
export async function assertBreaks(duplex: DuplexFifo): Promise<void> {
  await assertRejects(async () => {
    for (;;) await duplex.write("anybody?");
  }, Deno.errors.BrokenPipe);
}
