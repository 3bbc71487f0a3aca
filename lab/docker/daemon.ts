import { LabError } from "./lab_error.ts";
import type { Say } from "./say.ts";

const STARTS_WITHIN_MS = 40_000;
const STOPS_WITHIN_MS = 20_000;
const LOOKS_EVERY_MS = 100;

/** A dockerd that the lab started, and that the last run to use it stops. */
export class Daemon {
  /** Its process id. */
  readonly pid: number;
  readonly #begun: string;
  readonly #record: string;

  private constructor(pid: number, begun: string, record: string) {
    this.pid = pid;
    this.#begun = begun;
    this.#record = record;
  }

  /** Whether there is a dockerd to start. */
  static async isInstalled(): Promise<boolean> {
    try {
      return (await new Deno.Command("dockerd", { args: ["--version"], stdin: "null" }).output()).success;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Starts one, and writes down in `record` which. Its output goes to a file beside that. */
  static async start(record: string, say: Say): Promise<Daemon> {
    const running = runningDaemon();
    if (running !== undefined) {
      throw new LabError(
        `No Docker engine answers, though dockerd runs (process ${running}): see what it waits for`,
      );
    }
    // A group of its own, so that Ctrl-C does not stop it before what it runs is removed.
    const process = new Deno.Command("sh", {
      args: ["-c", 'exec dockerd >"$0" 2>&1', logOf(record)],
      detached: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    process.unref();
    const begun = beginOf(process.pid);
    if (begun === undefined) throw new LabError("Cannot start dockerd: it ended at once");
    const daemon = new Daemon(process.pid, begun, record);
    await Deno.writeTextFile(record, JSON.stringify({ pid: process.pid, begun }));
    say(`no Docker engine runs here: started dockerd (process ${process.pid}), to be stopped at the end`);
    return daemon;
  }

  /** The one that is written down, while it runs. */
  static async recorded(record: string): Promise<Daemon | undefined> {
    try {
      const { pid, begun } = JSON.parse(await Deno.readTextFile(record)) as { pid: number; begun: string };
      return beginOf(pid) === begun ? new Daemon(pid, begun, record) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether it runs; another process of the same number is not it. */
  get running(): boolean {
    return beginOf(this.pid) === this.#begun;
  }

  /** Resolves to what `ask` does, once that is something; stops the daemon when it does not. */
  async answers<T>(ask: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
    const deadline = performance.now() + STARTS_WITHIN_MS;
    while (true) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (signal?.aborted) {
        await this.stop();
        signal.throwIfAborted();
      }
      const late = performance.now() > deadline;
      if (late || !this.running) {
        const lines = (await Deno.readTextFile(logOf(this.#record))).trimEnd().split("\n").slice(-5);
        await this.stop();
        const what = late ? `no answer within ${STARTS_WITHIN_MS / 1000} s` : "it ended";
        throw new LabError([`Cannot start dockerd: ${what}, having said`, ...lines].join("\n  "));
      }
      await delay(LOOKS_EVERY_MS);
    }
  }

  /** Stops it by its process id, and removes what was written down. */
  async stop(): Promise<void> {
    for (const signo of ["SIGTERM", "SIGKILL"] as const) {
      if (!this.running) break;
      Deno.kill(this.pid, signo);
      const deadline = performance.now() + STOPS_WITHIN_MS;
      while (this.running && performance.now() < deadline) await delay(LOOKS_EVERY_MS);
    }
    for (const file of [this.#record, logOf(this.#record)]) await Deno.remove(file).catch(() => {});
  }
}

function logOf(record: string): string {
  return `${record}.log`;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** When the process began, in ticks since the machine did; undefined when it has ended. */
function beginOf(pid: number): string | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function runningDaemon(): number | undefined {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (Deno.readTextFileSync(`/proc/${name}/comm`).trim() === "dockerd") return Number(name);
    } catch {
      // It ended while we looked.
    }
  }
  return undefined;
}
