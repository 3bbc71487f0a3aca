import type { Outcome } from "./outcome.ts";

/** How often to say what goes on, where lines stay. */
const SAYS_EVERY_MS = 10_000;
const REDRAWS_EVERY_MS = 250;

/** What a run prints: a line a scenario, and while it waits, what for. On a terminal that line is redrawn. */
export class Progress implements Disposable {
  readonly #terminal: boolean;
  readonly #colours: boolean;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #running = new Map<string, { begun: number; doing: string }>();
  #left = 0;
  #drawn = false;

  constructor(terminal: boolean = Deno.stdout.isTerminal(), colours: boolean = terminal && !Deno.noColor) {
    this.#terminal = terminal;
    this.#colours = colours;
    this.#timer = setInterval(() => this.#wait(), terminal ? REDRAWS_EVERY_MS : SAYS_EVERY_MS);
  }

  /** A line that stays. */
  say(text: string): void {
    this.#clear();
    console.log(text);
  }

  /** A line about the lab itself. */
  note(text: string): void {
    this.say(this.#paint("2", `lab: ${text}`));
  }

  /** How many scenarios have not begun. */
  set left(count: number) {
    this.#left = count;
  }

  /** A scenario begins. */
  begin(name: string): void {
    this.#running.set(name, { begun: performance.now(), doing: "" });
    this.#left--;
  }

  /** What a running scenario is at. */
  doing(name: string, doing: string): void {
    const running = this.#running.get(name);
    if (running) running.doing = doing;
  }

  /** A scenario has ended. */
  end({ name, title, state, reason, milliseconds }: Outcome): void {
    this.#running.delete(name);
    const [colour, word] = WORDS[state];
    const why = state === "skipped" ? `: ${reason}` : "";
    const seconds = (milliseconds / 1000).toFixed(1);
    this.say(`${this.#paint(colour, word)} ${name}: ${title} (${seconds} s)${why}`);
    if (state === "failed") { for (const line of reason!.split("\n")) this.say(`  ${line}`); }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #wait(): void {
    if (this.#running.size === 0) return;
    const running = [...this.#running].map(([name, { begun, doing }]) => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      return `${name} (${seconds} s${doing === "" ? "" : `, ${doing}`})`;
    });
    const text = `... ${running.join(", ")}${this.#left > 0 ? `, ${this.#left} to come` : ""}`;
    if (!this.#terminal) return console.log(text);
    const { columns } = Deno.consoleSize();
    write(`\r\x1b[K${this.#paint("2", text.slice(0, columns - 1))}`);
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) write("\r\x1b[K");
    this.#drawn = false;
  }

  #paint(style: string, text: string): string {
    return this.#colours ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}

const WORDS = { passed: ["32", "ok"], failed: ["31", "FAILED"], skipped: ["33", "skipped"] } as const;

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
