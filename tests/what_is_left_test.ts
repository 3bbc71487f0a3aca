/** The last of all tests, by its name: what the others have left behind. */

import { assertEquals } from "@std/assert";
import { reapSharedMemory } from "../mod.ts";
import { FOLDER, notOnLinux } from "./support/shared_memory.ts";

/** Another run beside this one has names of killed programs for a moment, too; in milliseconds. */
const MOMENT = 10_000;

/** When this process, and with it the run, has begun. */
function beginning(): number {
  const [uptime] = Deno.readTextFileSync("/proc/uptime").split(" ");
  const started = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]!.split(" ")[19]; // In ticks of 10 ms.
  return Date.now() - 1000 * Number(uptime) + 10 * Number(started);
}

/** Names of tests' own, and of this library's since the run began that nobody has open, whoever made them. */
function left(since: number): string[] {
  const unused = new Set(reapSharedMemory({ dryRun: true }));
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => {
    if (name.includes(`-${Deno.pid}-`)) return true;
    return unused.has(name) && bornAt(name) >= since;
  });
}

function bornAt(name: string): number {
  try {
    const { birthtime, mtime } = Deno.lstatSync(`${FOLDER}/${name}`);
    return (birthtime ?? mtime)!.getTime();
  } catch {
    return -Infinity; // It is gone.
  }
}

Deno.test({
  name: "after all tests nothing of this run is left in /dev/shm",
  ignore: notOnLinux,
  async fn() {
    const since = beginning();
    let names = left(since);
    for (const end = performance.now() + MOMENT; names.length > 0 && performance.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      names = left(since);
    }
    assertEquals(names, []);
  },
});
