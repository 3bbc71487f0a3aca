/**
 * The two sides of a fifo, each in every form that there is: ours asynchronous (in this process), ours blocking,
 * the shell and Python (each a process of its own, tests/children/fifo_peer.*). One body of a test runs with any.
 */

import { openFifoReader, openFifoWriter, type PipeReader, type PipeWriter } from "../../mod.ts";
import { startChild, type TestChild } from "./children.ts";
import { childPath, startProgram } from "./programs.ts";
import { skipUnless } from "./skip.ts";
import { until } from "./watchdog.ts";

/** One side of a fifo; opening begins when it is made. Killed or closed when disposed. */
export interface Side extends AsyncDisposable {
  /** Resolves when it is about to open. */
  readonly opening: Promise<void>;
  /** Resolves when open(2) has returned. */
  readonly opened: Promise<void>;
  /** Gives the side up, and resolves when that is done. */
  close(): Promise<void>;
}

/** A side that reads lines. */
export interface ReadingSide extends Side {
  /** The next line, or null at the end. */
  read(): Promise<string | null>;
}

/** A side that writes lines. */
export interface WritingSide extends Side {
  /** Writes a line; rejects with the name of the error, as "EPIPE". */
  write(line: string): Promise<void>;
}

/** A way to have either side. */
export interface Form {
  name: string;
  reader(path: string): ReadingSide;
  writer(path: string): WritingSide;
}

/** The library's own forms. */
export const OURS: Form[] = [
  {
    name: "async",
    reader: (path) => new AsyncReader((signal) => openFifoReader(path, { signal })),
    writer: (path) => new AsyncWriter((signal) => openFifoWriter(path, { signal })),
  },
  {
    name: "Sync",
    reader: (path) => new ProcessSide(startChild("fifo_peer", { args: ["reader", path] })),
    writer: (path) => new ProcessSide(startChild("fifo_peer", { args: ["writer", path] })),
  },
];

/** All forms that this machine has. */
export const FORMS: Form[] = [...OURS, form("shell", "sh", "fifo_peer.sh")];
if (!skipUnless("python3")) FORMS.push(form("python3", "python3", "fifo_peer.py"));

function form(name: string, program: string, script: string): Form {
  const start = (side: string, path: string) =>
    new ProcessSide(startProgram(program, childPath(script), side, path));
  return { name, reader: (path) => start("reader", path), writer: (path) => start("writer", path) };
}

abstract class AsyncSide<T extends PipeReader | PipeWriter> implements Side {
  readonly opening: Promise<void> = Promise.resolve();
  readonly opened: Promise<void>;
  protected readonly end: Promise<T>;
  readonly #controller = new AbortController();

  constructor(open: (signal: AbortSignal) => Promise<T>) {
    this.end = open(this.#controller.signal);
    this.opened = this.end.then(() => {});
    this.opened.catch(() => {});
  }

  async close(): Promise<void> {
    (await this.end).close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.close().catch(() => {});
  }
}

class AsyncReader extends AsyncSide<PipeReader> implements ReadingSide {
  async read(): Promise<string | null> {
    for await (const line of (await this.end).lines()) return line;
    return null;
  }
}

class AsyncWriter extends AsyncSide<PipeWriter> implements WritingSide {
  async write(line: string): Promise<void> {
    try {
      await (await this.end).write(line + "\n");
    } catch (error) {
      throw (error as { code?: string }).code;
    }
  }
}

/** A side in another process, which takes commands as lines and answers each with a line. */
class ProcessSide implements ReadingSide, WritingSide {
  readonly opening: Promise<void>;
  readonly opened: Promise<void>;
  readonly #child: TestChild;
  #ended = false;
  #heard = 0;

  constructor(child: TestChild) {
    this.#child = child;
    child.status.then(() => this.#ended = true);
    this.opening = this.#answer().then(() => {});
    this.opened = this.opening.then(() => this.#answer()).then(() => {});
    this.opened.catch(() => {});
  }

  async read(): Promise<string | null> {
    const answer = await this.#ask("read");
    return answer === "end" ? null : answer.replace(/^data /, "");
  }

  async write(line: string): Promise<void> {
    await this.#ask(`write ${line}`);
  }

  async close(): Promise<void> {
    await this.#ask("close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await this.opened.catch(() => {});
  }

  async #ask(command: string): Promise<string> {
    await this.opened;
    await this.#child.write(command + "\n");
    return await this.#answer();
  }

  async #answer(): Promise<string> {
    const end = () => this.#child.stdout.indexOf("\n", this.#heard);
    await until("the other side's answer", () => end() >= 0 || this.#ended);
    if (end() < 0) throw new Error(`The other side ended: ${this.#child.stderr}`);
    const answer = this.#child.stdout.slice(this.#heard, end());
    this.#heard = end() + 1;
    if (answer.startsWith("failed ")) throw answer.slice("failed ".length);
    return answer;
  }
}
