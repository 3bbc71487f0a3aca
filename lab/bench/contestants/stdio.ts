/** How a Deno contestant talks with the harness: see ContestantProcess for the other side. */

/** Says that the other side can connect. */
export function listening(): void {
  say("listening");
}

/** Says that the warm-up is over, and waits for the go. */
export async function ready(): Promise<void> {
  say("ready");
  await Deno.stdin.read(new Uint8Array(16));
}

/** The same, with the thread blocked, and what the harness is to know before. */
export function readySync(figures: Record<string, number> = {}): void {
  report("ready", figures);
  Deno.stdin.readSync(new Uint8Array(16));
}

/** Reports figures, and blocks until the harness has read what it wants to know of this process. */
export function done(figures: Record<string, number> = {}): void {
  report("done", figures);
  Deno.stdin.readSync(new Uint8Array(16));
}

function report(word: string, figures: Record<string, number>): void {
  say([word, ...Object.entries(figures).map(([name, value]) => `${name}=${value}`)].join(" "));
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}
