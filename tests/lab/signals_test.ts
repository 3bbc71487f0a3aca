import { assertEquals, assertStringIncludes } from "@std/assert";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/watchdog.ts";
import { type Started, startProgram } from "./started.ts";

/** The child's process id, from the file that it has while it runs. */
function childOf(parent: Started): number {
  return Number(Deno.readTextFileSync(parent.tmp.join("child.pid")));
}

/** What it printed, with PID for each process id. */
function said(printed: string): string[] {
  return printed.trimEnd().split("\n").map((line) => line.replace(/ \d+ /, " PID "));
}

Deno.test("signals go to and fro, until the child asks for its end and gets it", async () => {
  await using parent = startProgram("signals", "TMP", "2");
  const turn = ["Parent PID got SIGUSR1", "Child PID got SIGUSR1"];
  assertEquals(said(await parent.finished()), [
    ...turn,
    ...turn,
    "Parent PID got SIGTERM",
    "Child PID got SIGTERM",
    "Child PID has removed its child.pid",
    "Parent PID saw the child end with code 0",
  ]);
  assertEquals(parent.left, []);
  assertEquals(parent.processes, []);
});

for (const signo of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`signals ends both processes cleanly when its parent gets ${signo}`, async () => {
    await using parent = startProgram("signals", "TMP", "1000000");
    await parent.printed("Child ");
    parent.kill(signo);
    const lines = said(await parent.finished()).filter((line) => !line.endsWith("SIGUSR1"));
    assertEquals(lines, [
      `Parent PID got ${signo}`,
      "Child PID got SIGTERM",
      "Child PID has removed its child.pid",
      "Parent PID saw the child end with code 0",
    ]);
    // Deno opens its debugger on SIGUSR1, in a process that has run for half a second.
    assertEquals(parent.stderr.replaceAll(/^(Debugger listening on|Visit chrome:).*\n/gm, ""), "");
    assertEquals(parent.left, []);
    await parent.untilNoProcess();
  });
}

Deno.test("signals ends cleanly after a Ctrl-C, which reaches both", async () => {
  await using parent = startProgram("signals", "TMP", "1000000");
  await parent.printed("Child ");
  Deno.kill(childOf(parent), "SIGINT");
  parent.kill("SIGINT");
  assertStringIncludes(await parent.finished(), "saw the child end with code 0");
  assertEquals(parent.left, []);
});

for (const [signo, code] of [["SIGTERM", 0], ["SIGKILL", 137]] as const) {
  Deno.test(`signals' parent notices when its child gets ${signo} from elsewhere`, async () => {
    await using parent = startProgram("signals", "TMP", "1000000");
    await parent.printed("Child ");
    Deno.kill(childOf(parent), signo);
    const printed = await parent.finished();
    assertStringIncludes(printed, "got SIGCHLD");
    assertStringIncludes(printed, `saw the child end with code ${code}`);
  });
}

Deno.test("signals' child does not survive a parent that is killed", async () => {
  await using parent = startProgram("signals", "TMP", "1000000");
  await parent.printed("Child ");
  const child = childOf(parent);
  parent.kill("SIGKILL");
  await until("the child to end", () => !isRunning(child));
});
