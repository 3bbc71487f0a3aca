/** What a scenario tells while it runs, for the printed lines, the report and the logs; `at` is in ms of the epoch. */
export type LabEvent =
  | { kind: "step"; at: number; text: string }
  | {
    kind: "container";
    at: number;
    name: string;
    program: string;
    networks: string[];
    mounts: { path: string; from: string }[];
    /** Whose they are: a container's, or "host". */
    spaces: { ipc?: string; pid?: string };
    traits: string[];
  }
  | { kind: "line"; at: number; container: string; stream: "stdout" | "stderr"; text: string }
  | { kind: "message"; at: number; from: string; to: string; text: string }
  | { kind: "fault"; at: number; container: string; text: string }
  | { kind: "exit"; at: number; container: string; code: number }
  | { kind: "skipped"; at: number; reason: string }
  | { kind: "failed"; at: number; problem: string }
  | { kind: "passed"; at: number };

/** Takes an event. */
export type Tell = (event: LabEvent) => void;

/** A program's line of stdout that begins so is a message for the report: the rest is {@linkcode ToldMessage} in JSON. */
export const MESSAGE_PREFIX = "@message ";

/** What a program tells of a message; `at` is the log line's time unless told. */
export interface ToldMessage {
  /** The name of the container that it goes to. */
  to: string;
  /** What is in it, in short. */
  text: string;
  /** When, in ms of the epoch. */
  at?: number;
}
