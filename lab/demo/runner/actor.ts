import { ProcessGroup } from "./process_group.ts";

/** How long an actor that was asked to stop may take to clean up. */
const STOPS_WITHIN_MS = 1_000;
/** How long what an actor started may outlive it. */
const ENDS_WITHIN_MS = 1_000;

/** What Deno prints when SIGUSR1 comes to a process that has run for half a second: it opens its debugger. */
const DEBUGGER = /^Debugger listening on |^Visit chrome:\/\/inspect /;

/** What an actor said, on stdout (`line`) or stderr (`complaint`). */
export type Heard = (kind: "line" | "complaint", text: string) => void;

/** One process of a demo: a program of lab/programs in a process group of its own. */
export class Actor {
  /** Its part in the transcript. */
  readonly who: string;
  /** What it printed so far. */
  readonly lines: string[] = [];
  /** What it printed on stderr so far. */
  readonly complaints: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #group: ProcessGroup;
  readonly #heard: Heard;
  readonly #streams: ReadableStreamDefaultReader<Uint8Array>[];
  readonly #silence: Promise<void>;
  #listeners = new Set<() => void>();
  #consumed = 0;
  #mute = false;
  #status: Deno.CommandStatus | undefined;

  /** Starts `command`. Each line that it prints is given to `heard` at once. */
  constructor(who: string, command: string, args: string[], heard: Heard) {
    this.who = who;
    this.#heard = heard;
    this.#process = new Deno.Command(command, {
      args,
      env: { NO_COLOR: "1" },
      detached: true, // A group of its own: stopped as a whole, and by nobody but the stage.
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#group = new ProcessGroup(this.pid);
    const [stdout, stderr] = [this.#process.stdout.getReader(), this.#process.stderr.getReader()];
    this.#streams = [stdout, stderr];
    this.#silence = Promise.all([
      this.#listen(stdout, this.lines, "line"),
      this.#listen(stderr, this.complaints, "complaint"),
    ]).then(() => {
      this.#mute = true;
      this.#wake();
    });
    this.#process.status.then((status) => this.#status = status);
  }

  /** Process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Whether it, or a process that it started, still runs. */
  get running(): boolean {
    return this.#status === undefined || this.#group.members().length > 0;
  }

  /** Where it is and what it printed, for a report; undefined when it has ended well. */
  get trouble(): string | undefined {
    if (!this.running && this.#status?.success) return undefined;
    const state = this.running ? "hung" : `had ended with ${endOf(this.#status!)}`;
    const printed = [...this.lines, ...this.complaints].map((line) => `\n  ${line}`).join("");
    return `${this.who} (process ${this.pid}) ${state}, having printed ${
      printed === "" ? "nothing" : `this:${printed}`
    }`;
  }

  /** Resolves to its next line that matches, those already waited for aside. Throws when it ends without. */
  async says(wanted: string | RegExp): Promise<string> {
    while (true) {
      while (this.#consumed < this.lines.length) {
        const line = this.lines[this.#consumed++]!;
        if (typeof wanted === "string" ? line.includes(wanted) : wanted.test(line)) return line;
      }
      if (this.#mute) throw new Error(`${this.who} ended and never said ${Deno.inspect(wanted)}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  /** Resolves when it has ended. Throws unless with that exit code, without complaint, and leaving no process. */
  async ends(code = 0): Promise<void> {
    const status = await this.#process.status;
    if (status.code !== code) {
      throw new Error(
        `${this.who} ended with ${endOf(status)} instead of ${code}`,
      );
    }
    if (!await this.#group.ends(ENDS_WITHIN_MS)) {
      throw new Error(`${this.who} has ended, but left process ${this.#group.members().join(", ")} running`);
    }
    await this.#silence;
    const complaints = this.complaints.filter((line) => !DEBUGGER.test(line));
    if (complaints.length > 0) throw new Error(`${this.who} complained: ${complaints.join("\n")}`);
  }

  /** Sends it, not what it started, a signal. */
  kill(signo: Deno.Signal): void {
    this.#process.kill(signo);
  }

  /** Ends it and what it started: asks first, unless `at once`, and then kills by process id. */
  async stop(atOnce = false): Promise<void> {
    if (!atOnce) this.#group.signal("SIGTERM");
    if (atOnce || !await this.#group.ends(STOPS_WITHIN_MS)) this.#group.signal("SIGKILL");
    await this.#process.status;
    await this.#group.ends(ENDS_WITHIN_MS);
    for (const stream of this.#streams) await stream.cancel();
    await this.#silence;
  }

  async #listen(
    stream: ReadableStreamDefaultReader<Uint8Array>,
    lines: string[],
    kind: "line" | "complaint",
  ): Promise<void> {
    const hear = (text: string) => {
      lines.push(text);
      this.#heard(kind, text);
      this.#wake();
    };
    const decoder = new TextDecoder();
    let rest = "";
    while (true) {
      const { value, done } = await stream.read();
      const parts = (rest + decoder.decode(value, { stream: !done })).split("\n");
      rest = parts.pop()!;
      parts.forEach(hear);
      if (done) break;
    }
    if (rest !== "") hear(rest);
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

function endOf({ signal, code }: Deno.CommandStatus): string {
  return signal ?? `exit code ${code}`;
}
