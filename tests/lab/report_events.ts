/** Outcomes of scenarios as they could be, for tests of the report. */

import type { LabEvent } from "../../lab/docker/events.ts";
import type { Outcome } from "../../lab/docker/outcome.ts";

/** When the runs of these tests began. */
export const BEGUN = Date.UTC(2026, 0, 1);

/** What a line of a log does in the hope to be more than a line of a log. */
export const HOSTILE = [
  "</title></style></pre></svg><script>console.error('ran')</script>",
  "<img src=x onerror=\"console.error('ran')\">",
  "\" onload=\"console.error('ran')\" ' &lt;b&gt; `",
  "\x1b[31mred\x1b[0m \0 \x9b31m \u202eright to left\u202c \ud800 \ufeff",
  "@import url(http://localhost:1/x.css); <link rel=stylesheet href=http://localhost:1/x.css>",
].join(" ");

/** A container's start. */
export function start(name: string, at: number, more: object = {}): LabEvent {
  return {
    kind: "container",
    at: BEGUN + at,
    name,
    program: "scenarios/programs/tcp_echo_server.ts",
    networks: ["network 1"],
    mounts: [],
    spaces: {},
    traits: [],
    ...more,
  };
}

/** A message. */
export function message(from: string, to: string, at: number, text = "hello"): LabEvent {
  return { kind: "message", at: BEGUN + at, from, to, text };
}

/** What became of a scenario. */
export function outcome(name: string, events: LabEvent[], more: Partial<Outcome> = {}): Outcome {
  return {
    name,
    title: `the promise of ${name}`,
    shows: "What happens, in a sentence.",
    state: "passed",
    begun: BEGUN,
    milliseconds: 4000,
    events,
    ...more,
  };
}

/** A run with all that there can be: a failure with hostile texts, faults, outsiders, many lanes, many messages. */
export function everything(): Outcome[] {
  const many = Array.from({ length: 12 }, (_, i) => `container-number-${i}`);
  return [
    outcome("many", [
      ...many.map((name, i) => start(name, 10 * i)),
      ...Array.from(
        { length: 400 },
        (_, i) => message(many[i % 12]!, many[(i * 5 + 1) % 12]!, 500 + i, `block ${i}`),
      ),
    ]),
    outcome("hostile", [
      start(HOSTILE, 0, { program: HOSTILE, networks: [HOSTILE], traits: [HOSTILE] }),
      start("client", 5, {
        mounts: [{ path: HOSTILE, from: "volume 1" }],
        spaces: { ipc: HOSTILE, pid: "host" },
      }),
      message("client", HOSTILE, 10, HOSTILE),
      message(HOSTILE, "outside", 20, "x".repeat(5000)),
      message("client", "client", 25),
      { kind: "step", at: BEGUN + 30, text: HOSTILE },
      { kind: "fault", at: BEGUN + 40, container: "client", text: "kill SIGKILL" },
      { kind: "exit", at: BEGUN + 50, container: "client", code: 137 },
      { kind: "fault", at: BEGUN + 60, container: "client", text: "start again" },
      { kind: "line", at: BEGUN + 61, container: "client", stream: "stderr", text: HOSTILE },
      { kind: "line", at: BEGUN + 62, container: "client", stream: "stdout", text: "x".repeat(20_000) },
      { kind: "failed", at: BEGUN + 70, problem: `Error: ${HOSTILE}\n${"y".repeat(5000)}` },
    ], { state: "failed", reason: `Error: ${HOSTILE}\n${"y".repeat(5000)}`, title: HOSTILE, shows: HOSTILE }),
    outcome("skipped", [], { state: "skipped", reason: "there is no python3 on this machine" }),
  ];
}
