/** A test on a fifo. */

import { mkfifoSync } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { tempDir } from "./temp.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** Runs a body with a fresh fifo in a folder of its own, with a deadline, and with the descriptors counted. */
export function test(
  name: string,
  body: (path: string, folder: string) => Promise<void>,
  ignore = false,
): void {
  const fn = () =>
    assertNoLeak(() =>
      within(2 * PATIENCE_MS, name, async () => {
        using dir = tempDir();
        mkfifoSync(dir.join("fifo"));
        await body(dir.join("fifo"), dir.path);
      })
    );
  Deno.test({ name, ignore, fn });
}
