/** The lab and its programs, started as a user starts them. */

import { fileURLToPath } from "node:url";
import { importMapFlags } from "../../lab/offline/flags.ts";
import { TestChild } from "../support/children.ts";
import { type TempDir, tempDir } from "../support/temp.ts";
import { until } from "../support/watchdog.ts";

const MAP = await importMapFlags();

/** A running program whose temporary folders are all made in `tmp`. */
export class Started extends TestChild {
  /** Its folder for temporary files. */
  readonly tmp: TempDir;

  /** See {@linkcode startLab}. */
  constructor(file: URL, args: string[]) {
    const tmp = tempDir();
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-prompt",
        ...MAP,
        fileURLToPath(file),
        ...args.map((arg) => arg.replace("TMP", tmp.path)),
      ],
      env: { NO_COLOR: "1", TMPDIR: tmp.path },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    super([file.pathname.split("/").at(-1), ...args].join(" "), process);
    this.tmp = tmp;
  }

  /** What is in its folder for temporary files. */
  get left(): string[] {
    return [...Deno.readDirSync(this.tmp.path)].map(({ name }) => name);
  }

  /** It, and all that it started, by process id: they share its environment. */
  get processes(): number[] {
    const mark = `TMPDIR=${this.tmp.path}\0`;
    return [...Deno.readDirSync("/proc")]
      .filter(({ name }) => /^\d+$/.test(name) && environmentOf(name).includes(mark))
      .map(({ name }) => Number(name));
  }

  /** Waits until it, and all that it started, has ended. */
  untilNoProcess(): Promise<void> {
    return until("its processes to end", () => this.processes.length === 0);
  }

  /** Kills what it left running, too. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    for (const pid of this.processes) Deno.kill(pid, "SIGKILL");
    this.tmp[Symbol.dispose]();
  }
}

/** Starts the lab's command line: `await using lab = startLab("demo", "--list");`. */
export function startLab(...args: string[]): Started {
  return new Started(new URL("../../lab/main.ts", import.meta.url), args);
}

/** Starts a program of lab/programs; TMP in an argument becomes its folder for temporary files. */
export function startProgram(name: string, ...args: string[]): Started {
  return new Started(new URL(`../../lab/programs/${name}.ts`, import.meta.url), args);
}

function environmentOf(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`) + "\0";
  } catch {
    return ""; // It has ended, or is somebody else's.
  }
}
