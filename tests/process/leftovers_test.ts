import { assert, assertEquals, assertLess } from "@std/assert";
import { type Belongings, belongingsOf, leftOf } from "../support/belongings.ts";
import { startChild } from "../support/children.ts";
import { isRunning, killIfRunning } from "../support/processes.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

/** So long after the parent's end its family may be there. */
const WITHIN_MS = 1000;

/** Ways to end, and what they do to the parent. */
const ENDS: Record<string, (parent: { pid: number; write(text: string): Promise<void> }) => unknown> = {
  "SIGKILL": ({ pid }) => Deno.kill(pid, "SIGKILL"),
  "SIGTERM": ({ pid }) => Deno.kill(pid, "SIGTERM"),
  "Ctrl-C at its terminal": ({ pid }) => Deno.kill(-pid, "SIGINT"),
  "SIGHUP of its terminal": ({ pid }) => Deno.kill(-pid, "SIGHUP"),
  "Deno.exit()": (parent) => parent.write("exit"),
  "an error that nobody catches": (parent) => parent.write("throw"),
  "a promise that nobody awaits": (parent) => parent.write("reject"),
};

for (const [how, end] of Object.entries(ENDS)) {
  Deno.test({
    name: `nothing of a family is left within 1 s of its parent's end by ${how}`,
    ignore: skipUnless("setsid"),
    fn: () =>
      within(3 * PATIENCE_MS, how, async () => {
        using folder = tempDir();
        // A session of its own: the signals of a terminal go to the whole group.
        const args = [Deno.execPath(), "run", "-A", childPath("process_household.ts"), folder.path];
        await using parent = startProgram("setsid", ...args);
        await parent.printed("ready");
        const family = belongingsOf(parent.pid);
        try {
          assertFamily(family, folder.path);
          await end(parent);
          await within(PATIENCE_MS, "the parent to end", () => parent.status);
          const isGone = () => !family.pids.some(isRunning) && leftOf(family).length === 0;
          const took = await untilGone(isGone).catch(() => Infinity);
          const files = [...Deno.readDirSync(folder.path)];
          assertEquals([family.pids.filter(isRunning), leftOf(family), files], [[], [], []]);
          assertLess(took, WITHIN_MS, "the family took too long");
        } finally {
          family.pids.forEach(killIfRunning);
        }
      }),
  });
}

/** A look comes so often where this process has a core to look with: what is longer is not the family's time. */
const LOOK_MS = 60;

/** Waits until nothing is there any more: how long that took. */
async function untilGone(isGone: () => boolean): Promise<number> {
  let took = 0;
  let before = performance.now();
  await until("the family to be gone", () => {
    const now = performance.now();
    took += Math.min(now - before, LOOK_MS);
    before = now;
    return isGone();
  });
  return took;
}

/** Fails unless what is to end was there. */
function assertFamily({ pids, sockets }: Belongings, folder: string): void {
  assertEquals(pids.filter(isRunning).length, 11, "children, grandchildren, servers and workers");
  assert(
    sockets.includes(`${folder}/manager`) && sockets.some((name) => name.startsWith("@ipc-manager-")),
    `${sockets}`,
  );
}

/** Processes that have inherited a variable of the environment. */
function withVariable(text: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && isRunning(pid) && Deno.readTextFileSync(`/proc/${pid}/environ`).includes(text);
    } catch {
      return false; // It has ended, or is not ours.
    }
  });
}

Deno.test("a parent that is killed at any moment of starting its family leaves nothing of it", () =>
  within(3 * PATIENCE_MS, "ten deaths", async () => {
    for (let round = 0; round < 10; round++) {
      using folder = tempDir();
      const mark = `IPC_TEST_MARK=${crypto.randomUUID()}`;
      const [name, value] = mark.split("=") as [string, string];
      await using parent = startChild("process_starts", { args: [folder.path], env: { [name]: value } });
      try {
        await parent.printed("starts");
        await new Promise((resolve) => setTimeout(resolve, round * 40 + Math.random() * 40));
        parent.kill("SIGKILL");
        await parent.status;
        const took = await untilGone(() => withVariable(mark).length === 0);
        assertLess(took, WITHIN_MS, `round ${round}: the family took too long`);
        assertEquals([...Deno.readDirSync(folder.path)], []);
      } finally {
        withVariable(mark).forEach(killIfRunning);
      }
    }
  }));
