import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ContestantProcess } from "../../lab/bench/contestant_process.ts";
import { bench } from "../../lab/bench/main.ts";
import { Result } from "../../lab/bench/runner.ts";
import { CannotRunError, Runtimes } from "../../lab/bench/runtimes.ts";
import { renderTable } from "../../lab/bench/table.ts";
import { judge } from "../../lab/bench/verdict.ts";
import { type Contestant, loadWorkloads, type Measurement, type Workload } from "../../lab/bench/workload.ts";
import { skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";

const never = new AbortController().signal;
const program = { language: "deno", file: "none.ts" } as const;
const ours: Contestant = { name: "ours", program, ours: true };
const theirs: Contestant = { name: "theirs", program };

function workload(measure: (contestant: Contestant) => Measurement): Workload {
  return {
    name: "made-up",
    title: "nothing",
    metrics: [{ name: "time", unit: "us", better: "lower" }],
    operation: "turn",
    reference: "theirs",
    contestants: [theirs, ours],
    rounds: { full: 2, quick: 1 },
    limits: [{ contestant: "ours", compare: "ratio", against: "theirs", atMost: 2 }],
    measure: (_, contestant) => Promise.resolve(measure(contestant)),
  };
}

function took(time: number): Measurement {
  return { metrics: { time }, cpu: 0.001, operations: 1 };
}

/** What a run prints, and how it ends. */
async function run(made: Workload): Promise<{ code: number; printed: string }> {
  const [log, error] = [console.log, console.error];
  let printed = "";
  console.log = console.error = (line: unknown) => printed += `${line}\n`;
  try {
    return { code: await bench(["--quick"], [made]), printed };
  } finally {
    [console.log, console.error] = [log, error];
  }
}

Deno.test("the bench ends with 0 when all did what they should, and says which limits are reached", async () => {
  const { code, printed } = await run(workload(({ name }) => took(name === "ours" ? 3 : 1)));
  assertEquals(code, 0);
  assertStringIncludes(printed, "at most 2  short");
  assertStringIncludes(printed, "1 of 1 fall short");
});

Deno.test("the bench ends with 1 and a line that says why when a contestant of this library fails", async () => {
  const { code, printed } = await run(workload(({ ours }) => {
    if (ours) throw new Error("not done within 10 s");
    return took(1);
  }));
  assertEquals(code, 1);
  assertStringIncludes(printed, "\nmade-up: ours FAILED: not done within 10 s\nThe run failed: 1 ");
});

Deno.test("the bench ends with 1 when a contestant of this library has no figure", async () => {
  const { code, printed } = await run(workload(({ ours }) => took(ours ? NaN : 1)));
  assertEquals(code, 1);
  assertStringIncludes(printed, "made-up: ours FAILED: no figure for 'time'");
});

Deno.test("the bench goes on without another's contestant that fails, and says why", async () => {
  const { code, printed } = await run(workload(({ ours }) => {
    if (!ours) throw new Error("not done within 10 s");
    return took(1);
  }));
  assertEquals(code, 0);
  assertStringIncludes(printed, "theirs not measured: not done within 10 s");
  assertStringIncludes(printed, "at most 2  not measured");
});

Deno.test("the bench's table says of a contestant that fails later how far it was measured", () => {
  const result = new Result(theirs);
  result.samples.push({ round: 1, started: "", ...took(1) });
  result.reason = "gone";
  assertStringIncludes(
    renderTable(workload(() => took(1)), [result]),
    "theirs not measured to the end: gone",
  );
});

Deno.test("a contestant that misses its deadline is killed, and the error says how long it had", async () => {
  const command = { path: Deno.execPath(), args: ["eval", "setInterval(() => {}, 1000)"] };
  await using process = ContestantProcess.start(command, [], { signal: never, deadline: 200 });
  const error = await assertRejects(() => process.report("ready"), Error);
  assertEquals(error.message, "not done within 0.2 s");
});

Deno.test("a contestant that ends early is told apart from one that is late, with what it complained of", async () => {
  const command = { path: Deno.execPath(), args: ["eval", "console.error('no room'); Deno.exit(3)"] };
  await using process = ContestantProcess.start(command, [], { signal: never, deadline: 60_000 });
  const error = await assertRejects(() => process.report("ready"), Error);
  assertEquals(error.message, "no room");
});

Deno.test({
  name: "a C++ contestant whose library is not here cannot run, and names the package that has it",
  ignore: skipUnless("c++"),
  async fn() {
    using temp = tempDir();
    const file = `${temp.path}/lacks.cpp`;
    await Deno.writeTextFile(file, "#include <no/such_library.hpp>\nint main() { return 0; }\n");
    const runtimes = new Runtimes(temp.path);
    const error = await assertRejects(
      () => runtimes.command({ language: "c++", file, debian: "libnone-dev" }),
      CannotRunError,
    );
    assertStringIncludes(error.message, "libnone-dev");
    assertStringIncludes(error.message, "no/such_library.hpp");
  },
});

Deno.test("a workload's limits and reference name its contestants, and no two have one name", async () => {
  const workloads = await loadWorkloads();
  assertEquals(new Set(workloads.map(({ name }) => name)).size, workloads.length);
  for (const each of workloads) {
    const results = each.contestants.map((contestant) => new Result(contestant));
    assertEquals(new Set(each.contestants.map(({ name }) => name)).size, results.length, each.name);
    for (const { outcome } of judge(each, results)) assertEquals(outcome, "not measured");
    assert(each.contestants.some(({ name }) => name === each.reference), each.name);
  }
});
