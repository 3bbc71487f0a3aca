import { assert, assertEquals } from "@std/assert";
import { flaws, pythonsOutcomes, type Row, showRows } from "../support/semantics.ts";
import { CONNECTION } from "./semantics/connection.ts";
import { MANAGER } from "./semantics/manager.ts";
import { POOL } from "./semantics/pool.ts";
import { PROCESS } from "./semantics/process.ts";
import { QUEUE } from "./semantics/queue.ts";
import { SHARED } from "./semantics/shared.ts";
import { SYNCHRONIZATION } from "./semantics/synchronization.ts";

const TABLE: Record<string, Row[]> = {
  Process: PROCESS,
  Pool: POOL,
  Queue: QUEUE,
  Connection: CONNECTION,
  Synchronization: SYNCHRONIZATION,
  "Shared memory": SHARED,
  Manager: MANAGER,
};

const ROWS = Object.values(TABLE).flat();

Deno.test("the table of Python's behaviours is whole: each row has a test or a reason", async () => {
  assertEquals(flaws(ROWS), []);
  assert(ROWS.length >= 100, `it has ${ROWS.length} rows`);
  const known = new Set(ROWS.filter(({ ours }) => ours !== undefined).map(({ id }) => id));
  const outcomes = Object.keys(await pythonsOutcomes());
  assertEquals(
    outcomes.filter((id) => !known.has(id)),
    [],
    "Python has outcomes for rows that are not there",
  );
  console.log(summary(new Set(outcomes)));
});

Deno.test("a row without a test and a reason, or with half a sentence, is a flaw", () => {
  const good = {
    id: "a",
    says: "It does what it is asked to do.",
    differs: "There is nothing that could do it.",
  };
  assertEquals(flaws([good, { id: "b", says: good.says, ours: () => {} }]), []);
  const { id, says } = good;
  assertEquals(flaws([good, { id, says }]).length, 2); // There twice, and with nothing.
  assertEquals(flaws([{ id, says: "short.", ours: () => {} }, { id: "b", says, differs: "no" }]).length, 2);
});

showRows(ROWS);

function summary(compared: Set<string>): string {
  const line = (name: string, rows: Row[]) => {
    const [shown, different, both] = [
      rows.filter(({ ours }) => ours !== undefined),
      rows.filter(({ differs }) => differs !== undefined),
      rows.filter(({ id }) => compared.has(id)),
    ].map(({ length }) => length);
    return `${name}: ${rows.length} rows, ${shown} shown by a test, ${both} of them compared with Python, `
      + `${different} with a reason why we differ`;
  };
  return [...Object.entries(TABLE).map(([name, rows]) => line(name, rows)), line("All", ROWS)].join("\n");
}
