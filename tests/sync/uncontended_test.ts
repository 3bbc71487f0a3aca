/** Where nobody waits, no system call is made: counted by a small tracer, compiled here. */

import { assert, assertEquals } from "@std/assert";
import { STRETCHES, TURNS } from "../children/uncontended.ts";
import { childPath } from "../support/programs.ts";
import { notOnLinux, test } from "../support/shared_memory.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { finish } from "../support/watchdog.ts";

/** What the tracer says where it may not trace. */
const NO_TRACING = 77;

/** The engine makes some of its own, for memory and to wake its other threads; not one in a hundred turns. */
const MOST = TURNS / 100;

test("uncontended, no kind of object makes a system call", async () => {
  using dir = tempDir();
  const tracer = dir.join("calls");
  const built = await finish("cc", { args: ["-O1", "-o", tracer, childPath("calls.c")] });
  assertEquals(built.code, 0, built.stderr);
  const { code, stdout, stderr } = await finish(tracer, {
    args: [Deno.execPath(), "run", "-A", "--no-prompt", childPath("uncontended.ts")],
  });
  if (skipIf(code === NO_TRACING, "this process may not trace another one")) return;
  assertEquals(code, 0, stderr);
  const kinds = Object.keys(STRETCHES);
  const lines = stdout.split("\n").slice(0, -1);
  assertEquals(lines.length, kinds.length);
  for (const [i, line] of lines.entries()) {
    const counts = line.trim().split(" ").map(Number).filter((_, i) => i % 2 === 1);
    const calls = counts.reduce((a, b) => a + b, 0);
    console.log(`${kinds[i]}: ${calls} system calls in ${TURNS} turns`);
    assert(calls < MOST, `${kinds[i]}: calls by number: ${line}`);
  }
}, notOnLinux || skipUnless("cc"));
