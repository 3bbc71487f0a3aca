import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../support/watchdog.ts";
import { startProgram } from "./started.ts";

Deno.test("shared_counter adds exactly in one step and under the lock, and loses with neither", async () => {
  await using parent = startProgram("shared_counter", "3", "50000");
  const [nothing, ...exact] = (await parent.finished()).trimEnd().split("\n");
  assertMatch(nothing!, /^With nothing: 3 x 50000 make \d+, \d+ lost$/);
  assertEquals(exact, ["With add: 3 x 50000 make 150000, exact", "With lock: 3 x 50000 make 150000, exact"]);
  assertEquals(parent.processes, []);
});

Deno.test("shared_counter's children do not survive a parent that is killed", async () => {
  await using parent = startProgram("shared_counter", "2", "2000000000");
  await until("its children to run", () => parent.processes.length >= 3);
  parent.kill("SIGKILL");
  await parent.untilNoProcess();
});
