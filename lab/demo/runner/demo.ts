import type { Stage } from "./stage.ts";

/** One entry of the demo: what it is called and shows, who acts in it, and the play itself. */
export interface Demo {
  /** For `--only`, in kebab case. */
  name: string;
  /** The heading. */
  title: string;
  /** What one sees, in a sentence or two. */
  shows: string;
  /** Everyone who speaks in the transcript. */
  cast: readonly string[];
  /** Milliseconds until the demo counts as hung; 15 s unless told. */
  deadline?: number;
  /** Starts the programs and checks what they do: throws when an outcome is wrong. */
  play(stage: Stage): Promise<void>;
}
