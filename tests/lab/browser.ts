/** A real browser, driven by the DevTools protocol over two pipes: no port that another run could have. */

import { type ChildProcess, pipe, type PipeReader, type PipeWriter, sendSignal, spawn } from "../../mod.ts";
import { type TempDir, tempDir } from "../support/temp.ts";
import { within } from "../support/watchdog.ts";

/** Debian's name of it, and others'. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];
/** A browser's first start on a busy machine. */
const ANSWERS_WITHIN_MS = 60_000;

/** What to look at a page with; heights and widths in CSS pixels. */
export interface Screen {
  /** A phone's is 390. */
  width: number;
  /** How much of the page is seen; 844 unless told. */
  height?: number;
  /** Whether its user prefers dark colours. */
  dark?: boolean;
}

/** The browser's path; undefined where there is none. */
export function installedBrowser(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(isFile);
}

/** One page, in a browser and a profile of its own. */
export class Browser implements AsyncDisposable {
  /** What the page and the browser complained of: errors, what the page's policy refused, failed loads. */
  readonly complaints: string[] = [];
  /** What the page asked to load. */
  readonly loads: string[] = [];
  readonly #child: ChildProcess;
  readonly #commands: PipeWriter;
  readonly #answers: PipeReader;
  readonly #profile: TempDir;
  readonly #pending = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #reading: Promise<void>;
  #loaded = Promise.withResolvers<void>();
  #session: string | undefined;
  #count = 0;

  private constructor(path: string) {
    this.#profile = tempDir();
    const [commands, answers] = [pipe(), pipe()];
    this.#commands = commands.writer;
    this.#answers = answers.reader;
    this.#child = spawn(path, {
      args: [
        "--headless",
        "--no-sandbox", // Which root cannot have.
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--hide-scrollbars",
        "--remote-debugging-pipe",
        `--user-data-dir=${this.#profile.path}`,
        "about:blank",
      ],
      env: { HOME: this.#profile.path, TMPDIR: this.#profile.path },
      fds: { 3: commands.reader, 4: answers.writer },
      detached: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    this.#reading = this.#read();
  }

  /** Starts it. */
  static async start(path: string): Promise<Browser> {
    const browser = new Browser(path);
    try {
      const { targetInfos } = await browser.#ask("Target.getTargets") as {
        targetInfos: { type: string; targetId: string }[];
      };
      const { targetId } = targetInfos.find(({ type }) => type === "page")!;
      const { sessionId } = await browser.#ask("Target.attachToTarget", { targetId, flatten: true });
      browser.#session = sessionId as string;
      for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.#ask(`${domain}.enable`);
      return browser;
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Shows a page, as it looks on that screen. */
  async show(url: string, { width, height = 844, dark = false }: Screen): Promise<void> {
    await this.#ask("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.#ask("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
    this.#loaded = Promise.withResolvers();
    await this.#ask("Page.navigate", { url });
    await within(ANSWERS_WITHIN_MS, `${url} to load`, () => this.#loaded.promise);
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#ask("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    }) as { result: { value: T }; exceptionDetails?: unknown };
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** A picture of it as PNG: what is seen, or a part of the page. */
  async picture(clip?: { x: number; y: number; width: number; height: number }): Promise<Uint8Array> {
    const { data } = await this.#ask("Page.captureScreenshot", {
      captureBeyondViewport: clip !== undefined,
      ...clip && { clip: { ...clip, scale: 1 } },
    });
    return Uint8Array.fromBase64(data as string);
  }

  /** Ends it, and all that it started. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      sendSignal({ group: this.#child.pid }, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await this.#child.status;
    await this.#reading;
    this.#commands.close();
    this.#answers.close();
    this.#profile[Symbol.dispose]();
  }

  async #ask(method: string, params: Answer = {}): Promise<Answer> {
    const id = ++this.#count;
    const answer = Promise.withResolvers<Answer>();
    this.#pending.set(id, answer);
    const command = { id, method, params, ...this.#session && { sessionId: this.#session } };
    await this.#commands.write(`${JSON.stringify(command)}\0`);
    return await within(ANSWERS_WITHIN_MS, `the browser to answer ${method}`, () => answer.promise);
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of this.#answers.readable) {
      const messages = (rest + decoder.decode(bytes, { stream: true })).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#heard(JSON.parse(message));
    }
    for (const { reject } of this.#pending.values()) reject(new Error("The browser has ended"));
  }

  #heard({ id, result, error, method, params }: Message): void {
    if (id !== undefined) {
      const answer = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) answer?.reject(new Error(error.message));
      else answer?.resolve(result ?? {});
    } else if (method === "Page.loadEventFired") this.#loaded.resolve();
    else if (method === "Network.requestWillBeSent") {
      this.loads.push((params as { request: { url: string } }).request.url);
    } else if (method !== undefined && COMPLAINTS.includes(method)) {
      this.complaints.push(`${method} ${JSON.stringify(params)}`);
    }
  }
}

type Answer = Record<string, unknown>;

interface Message {
  id?: number;
  result?: Answer;
  error?: { message: string };
  method?: string;
  params?: unknown;
}

const COMPLAINTS = [
  "Runtime.consoleAPICalled",
  "Runtime.exceptionThrown",
  "Log.entryAdded",
  "Page.javascriptDialogOpening",
  "Network.loadingFailed",
];

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
