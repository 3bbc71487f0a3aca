/** Names of shared memory for tests, and that none stays behind. */

import { assertEquals } from "@std/assert";
import { signalsToEnd } from "./channels.ts";
import { assertNoLeak } from "./descriptors.ts";
import { skipIf } from "./skip.ts";
import { uniqueName } from "./temp.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** Where Linux lists the names. */
export const FOLDER = "/dev/shm";

/** Value for a test's `ignore`. */
export const notOnLinux: boolean = skipIf(Deno.build.os !== "linux", "the test is about Linux");

/** Whether the name is there. */
export function isThere(name: string): boolean {
  return [...Deno.readDirSync(FOLDER)].some((entry) => entry.name === name);
}

/**
 * A test that gets a name of its own, and fails when that or a name that begins with it, a descriptor or time is left
 * over. A name that a failing test leaves is removed.
 */
export function test(
  name: string,
  body: (unique: string) => unknown,
  ignore: boolean = notOnLinux,
  milliseconds: number = PATIENCE_MS,
): void {
  const fn = () =>
    assertNoLeak(() =>
      within(milliseconds, name, async () => {
        const unique = uniqueName();
        let left: string[] = [];
        try {
          await body(unique);
        } finally {
          await signalsToEnd();
          left = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).filter((name) =>
            name.startsWith(unique)
          );
          for (const name of left) Deno.removeSync(`${FOLDER}/${name}`, { recursive: true });
        }
        assertEquals(left, [], "names left behind");
      })
    );
  Deno.test({ name, ignore, fn });
}
