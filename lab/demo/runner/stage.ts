import { Actor } from "./actor.ts";
import type { Demo } from "./demo.ts";
import type { Transcript } from "./transcript.ts";

const PROGRAMS = new URL("../../programs/", import.meta.url);

/** Where one demo plays: a folder of its own, and the processes that it has started. */
export class Stage {
  /** Temporary folder for the programs' fifos; at the end it must be empty. */
  readonly folder: string;
  readonly #actors: Actor[] = [];
  readonly #demo: Demo;
  readonly #transcript: Transcript;
  #struck = false;

  constructor(demo: Demo, transcript: Transcript) {
    this.#demo = demo;
    this.#transcript = transcript;
    this.folder = Deno.makeTempDirSync({ prefix: "ipc-demo-" });
  }

  /**
   * Starts a program of lab/programs as a process of its own, with just the permissions that its head
   * comment says it needs.
   */
  start(who: string, program: string | URL, ...args: string[]): Actor {
    if (this.#struck) throw new Error("Cannot start a program: the demo is over");
    if (!this.#demo.cast.includes(who)) {
      throw new TypeError(`${who} is not in the cast of ${this.#demo.name}`);
    }
    const url = new URL(program, PROGRAMS);
    const flags = ["run", "--no-prompt", "--quiet", ...permissionsOf(url)];
    const actor = new Actor(who, Deno.execPath(), [...flags, url.href, ...args], (kind, text) => {
      if (kind === "line") this.#transcript.said(who, text);
      else this.#transcript.complained(who, text);
    });
    this.#actors.push(actor);
    return actor;
  }

  /** Puts a remark of the demo's own into the transcript. */
  tell(text: string): void {
    this.#transcript.told(text);
  }

  /**
   * Checks all lines that the actor has printed. In them its own process id reads PID, the stage's folder
   * DIR, and a time of day TIME.
   */
  expectLines(actor: Actor, expected: readonly (string | RegExp)[]): void {
    const actual = actor.lines.map((line) =>
      line
        .replaceAll(new RegExp(`\\b${actor.pid}\\b`, "g"), "PID")
        .replaceAll(this.folder, "DIR")
        .replaceAll(/(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d\.\d{3}Z?/g, "TIME")
    );
    for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
      const [got, want] = [actual[i], expected[i]];
      if (got !== undefined && (want instanceof RegExp ? want.test(got) : got === want)) continue;
      const show = (line: string | RegExp | undefined) => line === undefined ? "none" : Deno.inspect(line);
      throw new Error(`${actor.who}, line ${i + 1}: expected ${show(want)}, got ${show(got)}`);
    }
  }

  /** Throws `problem` unless `condition` holds. */
  expect(condition: boolean, problem: string): void {
    if (!condition) throw new Error(problem);
  }

  /** Throws when a process still runs or a file is left. */
  checkEmpty(): void {
    for (const actor of this.#actors) {
      if (actor.running) throw new Error(`${actor.who} (process ${actor.pid}) still runs`);
    }
    const left = [...Deno.readDirSync(this.folder)].map(({ name }) => name);
    if (left.length > 0) throw new Error(`Left behind: ${left.join(", ")}`);
  }

  /** Who still runs or has failed, and what each had printed. */
  describeTrouble(): string {
    const trouble = this.#actors.map((actor) => actor.trouble).filter((text) => text !== undefined);
    return trouble.length > 0 ? trouble.join("\n") : "No process was running any more";
  }

  /** Ends every process, `atOnce` without asking first, and then removes the folder. */
  async strike(atOnce = false): Promise<void> {
    this.#struck = true;
    await Promise.all(this.#actors.map((actor) => actor.stop(atOnce)));
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The flags behind "Needs:" in a program's head comment: so they are tried whenever the demo runs. */
function permissionsOf(program: URL): string[] {
  const [, flags] = /^ \* Needs: (.*)$/m.exec(Deno.readTextFileSync(program)) ?? [];
  if (flags === undefined) throw new Error(`${program.pathname} does not say which permissions it needs`);
  return flags.split(" ").filter((flag) => flag.startsWith("--"));
}
