import type { LabEvent } from "./events.ts";
import { LabError } from "./lab_error.ts";
import type { Outcome } from "./outcome.ts";
import type { Progress } from "./progress.ts";
import { runScenario } from "./run_scenario.ts";
import type { Session } from "./session.ts";

/** How to run the scenarios. */
export interface RunOptions {
  /** How many at a time. */
  jobs: number;
  /** Leave what they make. */
  keep: boolean;
  /** Ends the run. */
  signal: AbortSignal;
  /** Where it is printed. */
  progress: Progress;
}

/**
 * Runs the scenarios, some at a time; resolves to what became of each. Rejects when `signal` is aborted.
 *
 * @throws {LabError} The engine has died
 */
export async function runScenarios(
  names: readonly string[],
  session: Session,
  { jobs, keep, signal, progress }: RunOptions,
): Promise<Outcome[]> {
  const { run, folder, image, python } = session;
  const end = new AbortController();
  const both = AbortSignal.any([signal, end.signal]);
  const outcomes: Outcome[] = [];
  const waiting = [...names];
  progress.left = waiting.length;
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const scenario = name;
      progress.begin(scenario);
      const onEvent = (event: LabEvent) => progress.doing(scenario, describe(event));
      const outcome = await runScenario({ scenario, run, folder, image, python, keep }, {
        signal: both,
        onEvent,
      });
      outcomes.push(outcome);
      progress.end(outcome);
      if (outcome.state === "failed" && !both.aborted && !await session.isAlive()) {
        end.abort(new LabError(`The Docker engine died during ${scenario}`));
        end.signal.throwIfAborted();
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: jobs }, work)); // No process is left behind.
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return outcomes;
}

function describe(event: LabEvent): string {
  switch (event.kind) {
    case "step":
      return event.text;
    case "container":
      return `starting ${event.name}`;
    case "line":
      return `${event.container}: ${event.text}`;
    case "message":
      return `${event.from} to ${event.to}: ${event.text}`;
    case "fault":
      return `${event.text} ${event.container}`;
    case "exit":
      return `${event.container} ended`;
    default:
      return "cleaning up";
  }
}
