/**
 * The table of what Python's `multiprocessing` does: one row for each behaviour that its documentation promises, with the
 * test that shows ours, or the reason why we differ. Where it is cheap a row is run by a real Python as well
 * (tests/children/semantics.py), and has to have the same outcome there.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** One documented behaviour. */
export interface Row {
  /** The section or class of Python's documentation, and what of it: "Process.join(timeout)". */
  id: string;
  /** What Python's does. */
  says: string;
  /** Shows ours: throws when it is not so. What it returns is compared with what Python has for this row. */
  ours?: () => unknown;
  /** Why ours is not the same. */
  differs?: string;
}

/** What became of a call: "refused" when it threw or rejected. */
export async function attempt(call: () => unknown): Promise<"refused" | "done"> {
  try {
    await call();
    return "done";
  } catch {
    return "refused";
  }
}

const PROGRAM = new URL("../children/semantics.py", import.meta.url);
let asked: Promise<Record<string, unknown>> | undefined;

/** What a real Python has for the rows that it can run; nothing where there is none. */
export function pythonsOutcomes(): Promise<Record<string, unknown>> {
  return asked ??= ask();
}

async function ask(): Promise<Record<string, unknown>> {
  let output: Deno.CommandOutput;
  try {
    const command = new Deno.Command("python3", { args: [PROGRAM.pathname], stdin: "null" });
    output = await within(2 * PATIENCE_MS, "Python's outcomes", () => command.output());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: rows are not run by Python, as there is no python3");
    return {};
  }
  const text = new TextDecoder().decode(output.stdout);
  if (!output.success) throw new Error(`${text}${new TextDecoder().decode(output.stderr)}`);
  const outcomes = JSON.parse(text);
  if (Object.keys(outcomes).length === 0) console.log("skipped: rows are not run by a Python older than 3.8");
  return outcomes;
}

/** Registers a test for each row that has one. */
export function showRows(rows: Row[]): void {
  for (const { id, says, ours } of rows) {
    if (ours === undefined) continue;
    Deno.test(`${id}: ${says}`, async () => {
      const outcomes = await pythonsOutcomes();
      const outcome = await within(2 * PATIENCE_MS, id, async () => await ours());
      // The runtime's own part of a wait that was ended is over a little later; it is no leak of the row.
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (Object.hasOwn(outcomes, id)) assertEquals(outcome, outcomes[id], `${id}, as Python has it`);
    });
  }
}

/** What is wrong with a table. */
export function flaws(rows: Row[]): string[] {
  const seen = new Set<string>();
  return rows.flatMap(({ id, says, ours, differs }) => {
    const wrong = [
      seen.has(id) && "it is there twice",
      !isSentence(says) && "it does not say what Python does in a sentence",
      ours === undefined && differs === undefined && "it has neither a test nor a reason",
      differs !== undefined && !isSentence(differs) && "its reason is no sentence",
    ].filter((flaw) => flaw !== false);
    seen.add(id);
    return wrong.map((flaw) => `${id}: ${flaw}`);
  });
}

/** It may begin with the name of a function. */
function isSentence(text: string): boolean {
  return /^([A-Z"'`]|[a-z]+[A-Z(]).{18,}\.$/s.test(text) && text.split(" ").length > 3;
}
