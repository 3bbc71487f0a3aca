import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reportPage } from "../../lab/docker/report/page.ts";
import { storyOf } from "../../lab/docker/report/story.ts";
import { BEGUN, everything, HOSTILE, message, outcome, start } from "./report_events.ts";

const RUN = { begun: BEGUN, milliseconds: 5000, facts: { Docker: "20.10" } };

Deno.test("the report tells of each scenario with its state, time and promise, failures first", () => {
  const page = reportPage([
    outcome("good", []),
    outcome("bad", [], { state: "failed", reason: "the reason", milliseconds: 1234 }),
    outcome("other", [], { state: "skipped", reason: "no python3" }),
  ], RUN);
  assertStringIncludes(page, "<title>1 passed, 1 failed, 1 skipped · ipc lab</title>");
  for (const text of ["the promise of good", "the reason", "no python3", "1.2 s", "20.10"]) {
    assertStringIncludes(page, text);
  }
  const places = ["bad", "good", "other"].map((name) => page.indexOf(`<section id="${name}">`));
  assertEquals(places, places.toSorted((a, b) => a - b));
  assert(places[0]! > 0);
});

Deno.test("the report of nothing says so", () => {
  assertStringIncludes(reportPage([], RUN), "Nothing ran");
});

Deno.test("whatever a text of the report holds, it adds no tag and no attribute, and shows what it hides", () => {
  const page = reportPage(everything(), RUN);
  for (const tag of ["<script", "<img", 'onload="', 'onerror="', "\x1b", "\0", "\x9b", "\u202e"]) {
    assert(!page.includes(tag), `There is ${Deno.inspect(tag)}`);
  }
  assertEquals(page.split("</style>").length, 2);
  assertStringIncludes(page, "␛[31mred");
  assertStringIncludes(page, "[202e]right to left");
});

Deno.test("the picture has an arrow for each message, from the sender's life line to the receiver's", () => {
  const page = reportPage([
    outcome("two", [start("a", 0), start("b", 1), message("a", "b", 10), message("b", "a", 20)]),
  ], RUN);
  const arrows = [...page.matchAll(/<line class="arrow (c\d)" x1="([\d.]+)%" x2="([\d.]+)%"/g)].map((match) =>
    match.slice(1)
  );
  assertEquals(arrows, [["c0", "25", "75"], ["c1", "75", "25"]]);
});

Deno.test("a story is in the order of its times, whatever the order in which it was told", () => {
  const { rows } = storyOf([
    start("b", 0),
    message("b", "a", 30, "second"),
    message("a", "b", 20, "first"),
    start("a", 10),
  ]);
  assertEquals(rows.map((row) => row.kind === "message" ? row.text : row.kind), ["start", "first", "second"]);
});

Deno.test("who talks with many stands in the middle of the picture, who is no container is marked", () => {
  const events = ["hub", "a", "b", "c"].map((name, i) => start(name, i));
  const { lanes } = storyOf([
    ...events,
    ...["a", "b", "c", "far"].map((name, i) => message(name, "hub", 10 + i)),
  ]);
  assertEquals(lanes.map(({ name }) => name), ["a", "b", "hub", "c", "far"]);
  assertEquals(lanes.filter(({ outside }) => outside).map(({ name }) => name), ["far"]);
});

Deno.test("many messages become a picture that can be looked at, and no fault is lost from it", () => {
  const events = [
    ...Array.from({ length: 5000 }, (_, i) => message(["a", "b"][i % 2]!, "c", i, `${i}`)),
    { kind: "fault", at: BEGUN + 2500, container: "a", text: "pause" } as const,
  ];
  const { rows } = storyOf(events);
  assert(rows.length < 110, `${rows.length} rows`);
  assert(rows.some(({ kind }) => kind === "fault"));
  assert(rows.some((row) => row.kind === "step" && row.text.endsWith("more left out here")));
});

Deno.test("a flood of one way becomes one arrow with the number of its messages", () => {
  const { rows } = storyOf(Array.from({ length: 500 }, (_, i) => message("a", "b", i, `block ${i}`)));
  assertEquals(rows.map((row) => row.kind === "message" && [row.count, row.text]), [[
    500,
    "block 0 … block 499",
  ]]);
});

Deno.test("logs are folded in, and only the ends of a long one are there", () => {
  const lines = Array.from({ length: 5000 }, (_, i) => ({
    kind: "line" as const,
    at: BEGUN + i,
    container: "a",
    stream: "stdout" as const,
    text: `line ${i} of ${HOSTILE}`,
  }));
  const page = reportPage([outcome("long", [start("a", 0), ...lines])], RUN);
  assertStringIncludes(page, '<details class="log"><summary>');
  assertStringIncludes(page, "printed 5000 lines");
  assertStringIncludes(page, "4600 lines left out here");
  assert(page.includes("line 4999 of") && !page.includes("line 2500 of"));
});
