/** A run of tests that is killed itself: no child of its goes on. */

import { assert, assertEquals } from "@std/assert";
import { SharedArray, SharedEvent } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { isRunning, killIfRunning } from "../support/processes.ts";
import { notOnLinux } from "../support/shared_memory.ts";
import { skipUnless } from "../support/skip.ts";
import { uniqueName } from "../support/temp.ts";
import { until } from "../support/watchdog.ts";

Deno.test({
  name: "children that compute, or sleep, without end are gone when the tests that started them are killed",
  ignore: notOnLinux || skipUnless("setpriv"),
  async fn() {
    await using tests = startChild("starts_loops", { args: [uniqueName("ipc-test-loops")] });
    await tests.printed("}\n");
    const children = Object.entries(JSON.parse(tests.stdout) as Record<string, number>);
    const running = () => children.filter(([, pid]) => isRunning(pid)).map(([what]) => what);
    assertEquals(running(), children.map(([what]) => what), tests.stderr);
    assert(children.length > 5);
    tests.kill("SIGKILL");
    await tests.status;
    try {
      await until("them to end", () => running().length === 0, 5_000).catch(() => {});
      assertEquals(running(), []);
    } finally {
      for (const [, pid] of children) killIfRunning(pid);
    }
  },
});

Deno.test({
  name: "a child that waits for its beginning ends when its input ends instead",
  ignore: notOnLinux,
  async fn() {
    using numbers = SharedArray.create({ type: "int32", length: 16 });
    using event = SharedEvent.create();
    const tokens = JSON.stringify([numbers.share(), event.share()]);
    await using child = startChild("sync_loop", { args: ["event", "sync", "8", tokens] });
    await child.printed("ready");
    await child.closeStdin();
    assertEquals(await child.finished(), "ready\n");
  },
});
