import type { Outcome } from "./outcome.ts";

/**
 * Writes what the containers of failed scenarios printed into a temporary folder, a file a container, and what
 * happened into `events.jsonl`. Returns the folder; undefined when none failed.
 */
export function keepFailureLogs(outcomes: readonly Outcome[]): string | undefined {
  const failed = outcomes.filter(({ state }) => state === "failed");
  if (failed.length === 0) return undefined;
  const folder = Deno.makeTempDirSync({ prefix: "ipc-lab-failed-" });
  for (const { name, reason, events } of failed) {
    Deno.mkdirSync(`${folder}/${name}`);
    Deno.writeTextFileSync(`${folder}/${name}/reason.txt`, `${reason}\n`);
    Deno.writeTextFileSync(
      `${folder}/${name}/events.jsonl`,
      events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    );
    const logs = Map.groupBy(events.filter((event) => event.kind === "line"), ({ container }) => container);
    for (const [container, lines] of logs) {
      const text = lines.map(({ at, stream, text }) => `${new Date(at).toISOString()} ${stream} ${text}\n`)
        .join("");
      Deno.writeTextFileSync(`${folder}/${name}/${container}.log`, text);
    }
  }
  return folder;
}
