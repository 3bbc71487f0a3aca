import { assert, assertEquals } from "@std/assert";
import { startChild, type TestChild } from "../support/children.ts";
import { isRunning, killIfRunning } from "../support/processes.ts";
import { skipUnless } from "../support/skip.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const ignore = skipUnless("setsid");

/** A process of ours whose children print their numbers. */
async function family(how: string): Promise<[TestChild, number[]]> {
  const parent = startChild("process_family", { args: [how] });
  await parent.printed("family");
  const pids = await numbers(parent);
  return [parent, pids];
}

async function numbers(parent: TestChild): Promise<number[]> {
  let found: RegExpMatchArray | null = null;
  await until("the family's numbers", () => (found = /family (\d+) (\d+)\n/.exec(parent.stdout)) !== null);
  return [Number(found![1]), Number(found![2])];
}

/** Fails unless all are gone soon. On a busy machine the kernel's signal can need its time. */
async function gone(pids: number[]): Promise<void> {
  try {
    await until(`processes ${pids} to end`, () => !pids.some(isRunning));
  } finally {
    pids.forEach(killIfRunning);
  }
}

for (const daemon of [false, true]) {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    Deno.test(`${daemon ? "daemons" : "children"} and grandchildren end when their parent gets ${signal}`, async () => {
      const [parent, pids] = await family(daemon ? "daemon" : "child");
      await using _ = parent;
      assert(pids.every(isRunning));
      parent.kill(signal);
      await within(PATIENCE_MS, "the parent to end", () => parent.status);
      await gone(pids);
    });
  }
}

for (const how of ["exit", "throw"]) {
  Deno.test(`children end when their parent ${how === "exit" ? "calls Deno.exit()" : "throws"}`, async () => {
    const [parent, pids] = await family(how);
    await using _ = parent;
    await parent.write("now\n");
    await within(PATIENCE_MS, "the parent to end", () => parent.status);
    await gone(pids);
  });
}

Deno.test("a parent waits for its children before it ends by itself, and not for daemons", async () => {
  await using waits = startChild("process_family", { args: ["short child"] });
  assertEquals(await waits.finished(), "the child returned\nended 0\n");
  await using leaves = startChild("process_family", { args: ["short daemon"] });
  assertEquals(await leaves.finished(), "not waiting\n");
});

Deno.test("a daemon can be joined, and the parent waits for that alone", async () => {
  await using child = startChild("process_family", { args: ["joined daemon"] });
  assertEquals(await child.finished(), "TimedOut\nresult 3\n");
});

Deno.test("a child without --allow-ffi ends with its parent, too", async () => {
  const parent = startChild("process_family", { args: ["without ffi"] });
  await using _ = parent;
  await parent.printed("family");
  const pid = Number(/family (\d+)\n/.exec(parent.stdout)![1]);
  parent.kill("SIGKILL");
  await gone([pid]);
});

Deno.test({
  name: "Ctrl-C at the terminal ends parent, children and grandchildren",
  ignore,
  async fn() {
    // A session of its own: the signal goes to the whole group, as the terminal sends it.
    const process = new Deno.Command("setsid", {
      args: [
        Deno.execPath(),
        "run",
        "-A",
        new URL("../children/process_family.ts", import.meta.url).href,
        "child",
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!/family \d+ \d+\n/.test(text)) {
      text += (await within(PATIENCE_MS, "the family", () => reader.read())).value ?? "";
    }
    const pids = text.match(/\d+/g)!.map(Number);
    Deno.kill(-process.pid, "SIGINT");
    await process.status;
    await gone(pids);
    await process.stdin.close().catch(() => {});
    await reader.cancel();
  },
});
