import { assertStringIncludes } from "@std/assert";
import { Pool } from "../../mod.ts";
import { assertFails, type Expected } from "../support/errors.ts";
import { poolOf, test, WORK } from "../support/pools.ts";

/** What is wrong, the error, and a word of its message. */
type Case = [what: string, call: () => unknown, type: Expected["type"], words: string];

// deno-lint-ignore no-explicit-any -- What types would not let pass.
const wrong = (value: unknown) => value as any;

const constructions: Case[] = [
  ["size 0", () => new Pool(WORK, { size: 0 }), RangeError, "at least 1"],
  ["size -1", () => new Pool(WORK, { size: -1 }), RangeError, "at least 1"],
  ["size 1.5", () => new Pool(WORK, { size: 1.5 }), RangeError, "whole number"],
  ["size 10,000", () => new Pool(WORK, { size: 10_000 }), RangeError, "at most 1024"],
  ["a size that is a string", () => new Pool(WORK, { size: wrong("2") }), TypeError, "size takes a number"],
  ["an unknown kind", () => new Pool(WORK, { kind: wrong("fiber") }), TypeError, '"process" or "thread"'],
  ["a relative URL", () => new Pool("./work.ts"), TypeError, "import.meta.resolve"],
  ["no URL", () => new Pool(wrong(undefined)), TypeError, "string or a URL"],
  ["a URL of another kind", () => new Pool("ftp://host/a.ts"), TypeError, "ftp:"],
  ["maxTasksPerChild 0", () => new Pool(WORK, { maxTasksPerChild: 0 }), RangeError, "maxTasksPerChild"],
  [
    "an initializer that is no name",
    () => new Pool(WORK, { initializer: wrong(() => {}) }),
    TypeError,
    "named",
  ],
  ["initArgs that are no array", () => new Pool(WORK, { initArgs: wrong("a") }), TypeError, "initArgs"],
  ["maxMessageSize -1", () => new Pool(WORK, { maxMessageSize: -1 }), RangeError, "maxMessageSize"],
  [
    "permissions for threads",
    () => new Pool(WORK, { kind: "thread", permissions: "none" }),
    TypeError,
    "permissions is for processes",
  ],
  ["cwd for threads", () => new Pool(WORK, { kind: "thread", cwd: "/" }), TypeError, "cwd is for processes"],
];

for (const [what, call, type, words] of constructions) {
  test(`new Pool() refuses ${what}`, async () => {
    assertStringIncludes((await assertFails(call, { type })).message, words);
  });
}

test("calls of a pool refuse what they cannot take", async () => {
  await using pool = poolOf("process");
  const calls: Case[] = [
    ["a function", () => pool.apply(wrong(() => 1), wrong([])), TypeError, "named by its export"],
    ["arguments that are no array", () => pool.apply("add", wrong(1)), TypeError, "as an array"],
    ["values that are no iterable", () => pool.map("square", wrong(5)), TypeError, "iterable"],
    ["no values", () => pool.map("square", wrong(undefined)), TypeError, "iterable"],
    ["no values of imap", () => pool.imap("square", wrong(null)), TypeError, "iterable"],
    ["chunkSize 0", () => pool.map("square", [1], { chunkSize: 0 }), RangeError, "chunkSize"],
    ["ahead 0", () => pool.imap("square", [1], { ahead: 0 }), RangeError, "ahead"],
    ["maxAttempts 0", () => pool.apply("pid", [], { maxAttempts: 0 }), RangeError, "maxAttempts"],
    ["taskTimeout 0", () => pool.apply("pid", [], { taskTimeout: 0 }), RangeError, "taskTimeout"],
    ["taskTimeout NaN", () => pool.apply("pid", [], { taskTimeout: NaN }), RangeError, "taskTimeout"],
    [
      "a taskTimeout that is a string",
      () => pool.apply("pid", [], { taskTimeout: wrong("1") }),
      TypeError,
      "taskT",
    ],
    ["timeout -1", () => pool.apply("pid", [], { timeout: -1 }), RangeError, "timeout"],
    [
      "a signal that is none",
      () => pool.apply("pid", [], { signal: wrong("SIGINT") }),
      TypeError,
      "AbortSignal",
    ],
  ];
  for (const [what, call, type, words] of calls) {
    assertStringIncludes((await assertFails(call, { type })).message, words, what);
  }
});

test("a process cannot be given permissions that this one has not", async () => {
  const program = `import { Pool } from ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};
    await using pool = new Pool(${JSON.stringify(WORK)}, { size: 1, permissions: { net: true } });
    await pool.apply("add", [1, 2]).catch((error) => console.log(error.name, error.message));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      "--no-prompt",
      "--allow-read",
      "--allow-run",
      "--allow-env",
      "--allow-ffi",
      `data:text/javascript,${encodeURIComponent(program)}`,
    ],
    stderr: "inherit",
  }).output();
  assertStringIncludes(new TextDecoder().decode(stdout), "NotCapable");
});
