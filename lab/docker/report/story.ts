import type { LabEvent } from "../events.ts";

/** A life line: a container, or somebody outside of all containers who takes part. */
export interface Lane {
  /** Its name. */
  name: string;
  /** Whether it is no container of the scenario. */
  outside: boolean;
}

/** What happens at one moment. */
export type Row =
  & { at: number }
  & (
    | { kind: "start"; names: string[] }
    | { kind: "message"; from: string; to: string; text: string; count: number }
    | { kind: "fault"; name: string; text: string }
    | { kind: "end"; ends: { name: string; code: number }[] }
    | { kind: "step"; text: string; bad: boolean }
  );

/** What a scenario's picture shows. */
export interface Story {
  /** From left to right. */
  lanes: Lane[];
  /** From first to last. */
  rows: Row[];
}

/** Up to so many rows each message has its own; then several in a row between the same two become one. */
const ROWS_IN_FULL = 32;
const ROWS_AT_MOST = 90;
/** What starts, or ends, within so many ms does so at once. */
const AT_ONCE_MS = 250;

/** Makes a story of the events, in the order of their times. */
export function storyOf(events: readonly LabEvent[]): Story {
  const ordered = events.toSorted((a, b) => a.at - b.at);
  const rows: Row[] = [];
  for (const event of ordered) {
    const row = rowOf(event);
    if (row && !joinsRow(rows.at(-1), row)) rows.push(row);
  }
  const shown = rows.length <= ROWS_IN_FULL ? rows : shortened(merged(rows));
  return { lanes: lanesOf(rows), rows: shown };
}

function rowOf(event: LabEvent): Row | undefined {
  const { at } = event;
  switch (event.kind) {
    case "container":
      return { at, kind: "start", names: [event.name] };
    case "message":
      return { at, kind: "message", from: event.from, to: event.to, text: event.text, count: 1 };
    case "fault":
      return { at, kind: "fault", name: event.container, text: event.text };
    case "exit":
      return { at, kind: "end", ends: [{ name: event.container, code: event.code }] };
    case "step":
      return { at, kind: "step", text: event.text, bad: false };
    case "failed":
      return { at, kind: "step", text: `failed: ${event.problem.split("\n")[0]}`, bad: true };
    default:
      return undefined;
  }
}

/** Starts at the same time are one row, and so are ends. */
function joinsRow(last: Row | undefined, row: Row): boolean {
  if (last === undefined || row.at - last.at > AT_ONCE_MS) return false;
  if (last.kind === "start" && row.kind === "start") {
    last.names.push(...row.names);
    return true;
  }
  if (last.kind === "end" && row.kind === "end") {
    last.ends.push(...row.ends);
    return true;
  }
  return false;
}

function merged(rows: readonly Row[]): Row[] {
  const all: Row[] = [];
  for (const row of rows) {
    const last = all.at(-1);
    if (
      row.kind === "message" && last?.kind === "message" && last.from === row.from && last.to === row.to
    ) {
      const first = last.count === 1 ? last.text : last.text.split(" … ")[0]!;
      all.splice(-1, 1, { ...last, text: `${first} … ${row.text}`, count: last.count + 1 });
    } else all.push(row);
  }
  return all;
}

/** The middle is left out of what is too long, faults and steps aside. */
function shortened(rows: Row[]): Row[] {
  let excess = rows.length - ROWS_AT_MOST;
  if (excess <= 0) return rows;
  const middle = Math.floor(ROWS_AT_MOST / 2);
  const kept: Row[] = [];
  let left = 0;
  rows.forEach((row, i) => {
    if (i < middle || excess <= 0 || row.kind === "fault" || row.kind === "step") {
      if (left > 0) kept.push({ at: row.at, kind: "step", text: `${left} more left out here`, bad: false });
      left = 0;
      kept.push(row);
    } else {
      left++;
      excess--;
    }
  });
  return kept;
}

/** Who talks with each other stands together, and who talks with many stands in their middle. */
function lanesOf(rows: readonly Row[]): Lane[] {
  const partners = new Map<string, Set<string>>();
  const inside = new Set<string>();
  const of = (name: string) => {
    if (!partners.has(name)) partners.set(name, new Set());
    return partners.get(name)!;
  };
  for (const row of rows) {
    if (row.kind === "start") {
      for (const name of row.names) {
        of(name);
        inside.add(name);
      }
    } else if (row.kind === "message") {
      of(row.from).add(row.to);
      of(row.to).add(row.from);
    } else if (row.kind === "fault") of(row.name);
  }
  const placed = new Set<string>();
  const lanes: Lane[] = [];
  for (const first of partners.keys()) {
    if (placed.has(first)) continue;
    const group = [...partners.keys()].filter((name) => reaches(partners, first).has(name));
    for (const name of group) placed.add(name);
    const hub = group.toSorted((a, b) => partners.get(b)!.size - partners.get(a)!.size)[0]!;
    if (partners.get(hub)!.size > 2) {
      group.splice(group.indexOf(hub), 1);
      group.splice(Math.floor(group.length / 2), 0, hub);
    }
    lanes.push(...group.map((name) => ({ name, outside: !inside.has(name) })));
  }
  return lanes;
}

function reaches(partners: ReadonlyMap<string, ReadonlySet<string>>, from: string): Set<string> {
  const reached = new Set([from]);
  for (const name of reached) for (const partner of partners.get(name) ?? []) reached.add(partner);
  return reached;
}
