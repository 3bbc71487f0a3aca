/** Lines on stdin and stdout for children that block their only thread. */

/** The lines of stdin, each when it comes. */
export function* stdinLines(): Generator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let held = "";
  for (;;) {
    const count = Deno.stdin.readSync(buffer);
    if (count === null) return;
    const lines = (held + decoder.decode(buffer.subarray(0, count), { stream: true })).split("\n");
    held = lines.pop()!;
    yield* lines;
  }
}

/** Writes a line to stdout at once. */
export function sayLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}
