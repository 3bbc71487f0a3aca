/** What the demo prints: headings, and who said what, in columns. */
export class Transcript {
  readonly #print: (line: string) => void;
  readonly #colours: boolean;
  #cast: readonly string[] = [];

  /** `print` gets each line; `colours` says whether it can show them. */
  constructor(print: (line: string) => void, colours: boolean) {
    this.#print = print;
    this.#colours = colours;
  }

  /** Begins a demo. The names of the cast set the width of the first column. */
  begin(number: string, title: string, shows: string, cast: readonly string[]): void {
    this.#cast = cast;
    this.#print(this.#paint(BOLD, `${number} ${title}`));
    for (const line of wrap(shows, WIDTH)) this.#print(this.#paint(DIM, line));
    this.#print("");
  }

  /** A line that a process printed. */
  said(who: string, text: string): void {
    const voice = VOICES[this.#cast.indexOf(who) % VOICES.length];
    this.#print(`${this.#column(who, voice)} ${text}`);
  }

  /** A line that a process printed on stderr. */
  complained(who: string, text: string): void {
    this.#print(`${this.#column(who, RED)} ${this.#paint(RED, text)}`);
  }

  /** What happens on the stage, told by the demo itself. */
  told(text: string): void {
    this.#print(`${this.#column("", DIM)} ${this.#paint(DIM, `(${text})`)}`);
  }

  /** The end of a demo that went as it should. */
  passed(name: string, seconds: number): void {
    this.#print(`${this.#paint(GREEN, "ok")} ${name} (${seconds.toFixed(1)} s)\n`);
  }

  /** The end of a demo that did not. */
  failed(name: string, seconds: number, problem: string): void {
    this.#print(`${this.#paint(RED, "FAILED")} ${name} (${seconds.toFixed(1)} s)`);
    for (const line of problem.split("\n")) this.#print(`  ${line}`);
    this.#print("");
  }

  /** The last line. */
  summary(passed: number, failed: string[], seconds: number): void {
    const counts = this.#paint(failed.length > 0 ? RED : GREEN, `${passed} ok, ${failed.length} FAILED`);
    const names = failed.length > 0 ? `: ${failed.join(", ")}` : "";
    this.#print(`${counts}${names} (${seconds.toFixed(1)} s)`);
  }

  #column(who: string, style: string | undefined): string {
    const width = Math.max(...this.#cast.map((name) => name.length), who.length);
    return this.#paint(style, `  ${who.padEnd(width)} |`);
  }

  #paint(style: string | undefined, text: string): string {
    return this.#colours && style !== undefined ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}

const WIDTH = 100;
const BOLD = "1";
const DIM = "2";
const RED = "31";
const GREEN = "32";
const VOICES = ["36", "33", "35", "34"];

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
