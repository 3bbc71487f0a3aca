import type { LabEvent } from "./events.ts";

/** What became of a scenario. */
export interface Outcome {
  /** Its name. */
  name: string;
  /** Its promise. */
  title: string;
  /** What happens in it. */
  shows: string;
  /** How it ended. */
  state: "passed" | "failed" | "skipped";
  /** Why it failed, or was skipped. */
  reason?: string;
  /** When it began, in ms of the epoch. */
  begun: number;
  /** How long it took. */
  milliseconds: number;
  /** What happened, in order. */
  events: LabEvent[];
}
