import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import type { Demo } from "../../lab/demo/runner/demo.ts";
import { runDemos } from "../../lab/demo/runner/run_demos.ts";
import type { Stage } from "../../lab/demo/runner/stage.ts";
import { Transcript } from "../../lab/demo/runner/transcript.ts";
import { isRunning } from "../support/processes.ts";

/** Plays one demo, and returns what was printed. */
async function play(body: (stage: Stage) => Promise<void>, options: Partial<Demo> = {}): Promise<string> {
  const printed: string[] = [];
  const demo = {
    name: "test",
    title: "a test",
    shows: "Nothing.",
    cast: ["one", "second"],
    ...options,
    play: body,
  };
  const transcript = new Transcript((line) => printed.push(line), false);
  const failed = await runDemos([demo], { transcript, signal: new AbortController().signal });
  const text = printed.join("\n");
  assertEquals(failed, text.includes("FAILED test") ? ["test"] : []);
  return text;
}

function program(name: string): URL {
  return new URL(`./programs/${name}.ts`, import.meta.url);
}

const tally = "tally.ts"; // Reads stdin, which is empty here: it ends at once and says nothing.

Deno.test("each line is printed behind its speaker's name, the names in one column", async () => {
  const printed = await play(async (stage) => {
    await stage.start("one", program("leaves_file"), "/dev/null").ends();
    stage.tell("a remark");
    await stage.start("second", program("leaves_file"), "/dev/null").ends();
  });
  assertStringIncludes(printed, "  one    | made it\n         | (a remark)\n  second | made it\nok test (");
});

Deno.test("a demo fails when a line is missing, other than expected, or one too many", async () => {
  const made = async (stage: Stage, expected: string[]) => {
    const one = stage.start("one", program("leaves_file"), "/dev/null");
    await one.ends();
    stage.expectLines(one, expected);
  };
  assertStringIncludes(await play((stage) => made(stage, ["made it", "more"])), 'expected "more", got none');
  assertStringIncludes(
    await play((stage) => made(stage, ["made them"])),
    'expected "made them", got "made it"',
  );
  assertStringIncludes(await play((stage) => made(stage, [])), 'expected none, got "made it"');
});

Deno.test("a demo fails when a program ends with another exit code", async () => {
  const printed = await play((stage) => stage.start("one", tally).ends(3));
  assertStringIncludes(printed, "one ended with exit code 0 instead of 3");
});

Deno.test("a demo fails when a program complains", async () => {
  const printed = await play((stage) => stage.start("one", program("complains")).ends());
  assertStringIncludes(printed, "one complained: but I do not like it");
});

Deno.test("a demo fails when a program ends without the line that is waited for", async () => {
  const printed = await play(async (stage) => {
    await stage.start("one", program("complains")).says("good-bye");
  });
  assertStringIncludes(printed, 'one ended and never said "good-bye"');
});

Deno.test("a demo fails when a file is left, and the file is removed with its folder", async () => {
  let folder = "";
  const printed = await play(async (stage) => {
    folder = stage.folder;
    await stage.start("one", program("leaves_file"), join(folder, "forgotten")).ends();
  });
  assertStringIncludes(printed, "Left behind: forgotten");
  assertThrows(() => Deno.lstatSync(folder), Deno.errors.NotFound);
});

Deno.test("a demo fails when a program leaves a process running, and that is killed", async () => {
  const printed = await play((stage) => stage.start("one", program("leaves_process")).ends());
  const [, pid] = /left (\d+)/.exec(printed)!;
  assertStringIncludes(printed, `one has ended, but left process ${pid} running`);
  assert(!isRunning(Number(pid)), "It still runs");
});

Deno.test("a demo fails when it is over while a program still runs", async () => {
  const printed = await play(async (stage) => {
    await stage.start("one", program("hangs")).says(/\d+ \d+/);
  });
  assert(/one \(process \d+\) still runs/.test(printed), printed);
});

Deno.test("a demo that hangs is cut: it says who hung and had printed what, and all are killed", async () => {
  const printed = await play(async (stage) => {
    await stage.start("second", tally).ends();
    await stage.start("one", program("hangs")).ends();
  }, { deadline: 3000 });
  const [, pids] = /^ {2}one {4}\| (\d+ \d+)$/m.exec(printed) ?? [];
  assert(pids !== undefined, printed);
  const [pid, child] = pids.split(" ").map(Number);
  assertStringIncludes(printed, "Not over within 3000 ms");
  assertStringIncludes(printed, `one (process ${pid}) hung, having printed this:\n    ${pids}`);
  assert(!printed.includes("second ("), "The one that had ended well is blamed too");
  assert(!isRunning(pid!) && !isRunning(child!), "It or its child still runs");
});

Deno.test("the demos after a failed one are played, and all failed ones are listed", async () => {
  const printed: string[] = [];
  const transcript = new Transcript((line) => printed.push(line), false);
  const demo = (name: string, wrong: boolean): Demo => ({
    name,
    title: "a test",
    shows: "Nothing.",
    cast: [],
    play: () => wrong ? Promise.reject(new Error("wrong")) : Promise.resolve(),
  });
  const failed = await runDemos([demo("a", true), demo("b", false), demo("c", true)], {
    transcript,
    signal: new AbortController().signal,
  });
  assertEquals(failed, ["a", "c"]);
  assert(printed.at(-1)!.startsWith("1 ok, 2 FAILED: a, c ("), printed.at(-1));
});

Deno.test("the transcript has colours only when told so", () => {
  const show = (colours: boolean) => {
    const printed: string[] = [];
    const transcript = new Transcript((line) => printed.push(line), colours);
    transcript.begin("[1/1]", "a title", "What one sees.", ["one"]);
    transcript.said("one", "hello");
    transcript.passed("test", 1);
    return printed.join("\n");
  };
  assert(!show(false).includes("\x1b"));
  // deno-lint-ignore no-control-regex
  assertEquals(show(true).replaceAll(/\x1b\[\d*m/g, ""), show(false));
  assert(show(true).includes("\x1b[32mok\x1b[0m"));
});
