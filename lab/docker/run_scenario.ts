import { pipe, sendSignal, spawn } from "../../mod.ts";
import { importMapFlags } from "../offline/flags.ts";
import type { LabEvent } from "./events.ts";
import type { Outcome } from "./outcome.ts";
import type { RunOneArguments } from "./run_one.ts";
import { loadScenario } from "./scenario.ts";

/** How much longer than its own limit a scenario's process may take, which starts, and cleans up, too. */
const GRACE_MS = 30_000;
const LIMIT_MS = 60_000;

const TEST = new URL("run_one.ts", import.meta.url);

/**
 * Runs a scenario in a `deno test` of its own. Rejects only when `signal` is aborted: its process has ended
 * then, but not its containers.
 */
export async function runScenario(
  settings: RunOneArguments,
  { signal, onEvent }: { signal: AbortSignal; onEvent(event: LabEvent): void },
): Promise<Outcome> {
  signal.throwIfAborted();
  const { scenario: name } = settings;
  const { title, shows, limit = LIMIT_MS } = await loadScenario(name);
  const begun = Date.now();
  const started = performance.now();
  const events: LabEvent[] = [];
  const { reader, writer } = pipe();
  using _ = reader;
  const child = spawn(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...await flags(), TEST.href, "--", JSON.stringify(settings)],
    fds: { 3: writer },
    detached: true, // Ctrl-C reaches the lab alone, which then removes what this one has made.
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  let late = false;
  const end = () => {
    try {
      sendSignal({ group: child.pid }, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // It ended just now.
    }
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, limit + GRACE_MS);
  signal.addEventListener("abort", end, { once: true });
  try {
    const tells = async () => {
      for await (const line of reader.lines({ maxLineLength: 2 ** 20 })) {
        const event = JSON.parse(line) as LabEvent;
        events.push(event);
        onEvent(event);
      }
    };
    const [stdout, stderr, status] = await Promise.all([
      child.stdoutReader.text(),
      child.stderrReader.text(),
      child.status,
      tells(),
    ]);
    signal.throwIfAborted();
    const outcome = { name, title, shows, begun, milliseconds: performance.now() - started, events };
    const last = events.findLast(({ kind }) => kind === "passed" || kind === "skipped" || kind === "failed");
    if (last?.kind === "failed") return { ...outcome, state: "failed", reason: last.problem };
    if (status.success && last?.kind === "passed") return { ...outcome, state: "passed" };
    if (status.success && last?.kind === "skipped") {
      return { ...outcome, state: "skipped", reason: last.reason };
    }
    const how = late ? `killed after ${(limit + GRACE_MS) / 1000} s` : `exit code ${status.code}`;
    return { ...outcome, state: "failed", reason: `${how}\n${stdout}${stderr}`.trimEnd() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    child.stdoutReader.close();
    child.stderrReader.close();
  }
}

let known: Promise<string[]> | undefined;

function flags(): Promise<string[]> {
  return known ??= importMapFlags();
}
