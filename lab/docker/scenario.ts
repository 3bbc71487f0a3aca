import type { Lab } from "./lab.ts";

/** One piece of the lab: what a file of lab/scenarios exports as its default. The file's name is its name. */
export interface Scenario {
  /** The promise, as a sentence. */
  title: string;
  /** What happens, in a sentence or two, for the report. */
  shows: string;
  /** Milliseconds until it counts as hung; 60 s unless told. */
  limit?: number;
  /** Starts containers and checks what they do: throws when an outcome is wrong. */
  run(lab: Lab): Promise<void>;
}

/** Declares a scenario. */
export function scenario(scenario: Scenario): Scenario {
  return scenario;
}

/** Where the scenarios are. */
export const SCENARIOS = new URL("../scenarios/", import.meta.url);

/** The names of all scenarios: `tcp-echo` is lab/scenarios/tcp_echo.ts. */
export function scenarioNames(): string[] {
  const files = [...Deno.readDirSync(SCENARIOS)].filter(({ name, isFile }) => isFile && name.endsWith(".ts"));
  return files.map(({ name }) => name.slice(0, -3).replaceAll("_", "-")).sort();
}

/** Loads the scenario of that name. */
export async function loadScenario(name: string): Promise<Scenario> {
  const file = new URL(`${name.replaceAll("-", "_")}.ts`, SCENARIOS);
  const { default: scenario } = await import(file.href) as { default?: Scenario };
  if (scenario === undefined) throw new TypeError(`${file.pathname} has no default export`);
  return scenario;
}
