import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { demos } from "../../lab/demo/demos.ts";
import { Started, startLab } from "./started.ts";

Deno.test("demo --list prints every demo's name", async () => {
  await using lab = startLab("demo", "--list");
  const listed = (await lab.finished(0)).trimEnd().split("\n");
  assertEquals(listed.map((line) => line.split(" ")[0]), demos.map(({ name }) => name));
});

Deno.test("every demo has a name of its own, in kebab case", () => {
  const names = demos.map(({ name }) => name);
  assertEquals([...new Set(names)], names);
  assert(names.every((name) => /^[a-z]+(-[a-z]+)*$/.test(name)), names.join());
});

Deno.test("demo --only plays that one alone, without colours in a pipe", async () => {
  await using lab = startLab("demo", "--only", "pipe-spam");
  const transcript = await lab.finished(0);
  assertStringIncludes(transcript, "[1/1] pipe-spam");
  assert(/^ {2}parent \| Parent \d+ got "Spam 000" at \d\d:/m.test(transcript), transcript);
  assertStringIncludes(transcript, "ok pipe-spam");
  assertStringIncludes(transcript, "1 ok, 0 FAILED");
  assert(!transcript.includes("\x1b"), "There are escape sequences in it");
  assertEquals(lab.left, []);
});

Deno.test("demo --only with a wrong name lists the right ones", async () => {
  await using lab = startLab("demo", "--only", "spam");
  assertEquals(await lab.finished(2), "");
  for (const { name } of demos) assertStringIncludes(lab.stderr, name);
});

for (const argument of ["--lsit", "pipe-spam"]) {
  Deno.test(`demo refuses ${argument} with exit code 2 and its usage`, async () => {
    await using lab = startLab("demo", argument);
    assertEquals(await lab.finished(2), "");
    assertStringIncludes(lab.stderr, `Unknown argument: ${argument}`);
    assertStringIncludes(lab.stderr, "--list");
  });
}

Deno.test("a wrong outcome makes the exit code 1, and is named", async () => {
  await using lab = new Started(new URL("./programs/play_wrong.ts", import.meta.url), []);
  const transcript = await lab.finished(1);
  assertStringIncludes(transcript, "FAILED wrong");
  assertStringIncludes(transcript, `expected "something else", got 'Parent PID got "Spam 000" at TIME'`);
  assertStringIncludes(transcript, "0 ok, 1 FAILED: wrong");
  assertEquals(lab.left, []);
});

for (const [signo, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`${signo} in the middle of a demo leaves no process and no temporary folder`, async () => {
    await using lab = new Started(new URL("./programs/play_on.ts", import.meta.url), []);
    await lab.printed("started worker");
    assert(lab.processes.length >= 3, "The demo, the launcher or the worker is not there");
    assertEquals(lab.left.length, 1);
    lab.kill(signo);
    await lab.finished(code);
    assertEquals(lab.processes, []);
    assertEquals(lab.left, []);
  });
}

Deno.test("after SIGINT no further demo is begun", async () => {
  await using lab = startLab("demo");
  await lab.printed("Spam 001");
  lab.kill("SIGINT");
  const transcript = await lab.finished(130);
  assert(!transcript.includes("[2/"), transcript);
  assertEquals(lab.processes, []);
  assertEquals(lab.left, []);
});
