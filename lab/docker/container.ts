import { followLog, type LogLine } from "./container_log.ts";
import { statusOf, unless } from "./docker.ts";
import type { Docker } from "./docker.ts";
import { MESSAGE_PREFIX, type Tell, type ToldMessage } from "./events.ts";
import type { LabNetwork } from "./network.ts";

/** How long a container may take to say or do something, unless told otherwise. */
const PATIENCE_MS = 20_000;

/** How long to wait for something. */
export interface Patience {
  /** Milliseconds; 20 s unless told. */
  timeout?: number;
}

/** Which line to wait for, and how long. */
export interface LineWait extends Patience {
  /** Milliseconds of the epoch: lines printed before are passed over, which may come late. */
  since?: number;
}

/** A container of a scenario: what it says, how it ends, and what can befall it. */
export class LabContainer {
  /** Its name in the report, and its host name in its network. */
  readonly name: string;
  /** The engine's. */
  readonly id: string;
  /** All that it printed, in the order of the engine's clock. */
  readonly log: LogLine[] = [];
  readonly #docker: Docker;
  readonly #tell: Tell;
  readonly #listeners = new Set<() => void>();
  #consumed = 0;
  #following: Promise<void> = Promise.resolve();
  #silent = false;
  #last = "";

  /** @internal */
  constructor(docker: Docker, name: string, id: string, tell: Tell) {
    this.#docker = docker;
    this.name = name;
    this.id = id;
    this.#tell = tell;
    this.#follow();
  }

  /** What it printed on stdout, messages for the report aside. */
  get lines(): string[] {
    return this.#texts("stdout");
  }

  /** What it printed on stderr. */
  get errors(): string[] {
    return this.#texts("stderr");
  }

  /** Resolves to its next line, of either stream, that matches, those already waited for aside. */
  async line(
    wanted: string | RegExp,
    { timeout = PATIENCE_MS, since = -Infinity }: LineWait = {},
  ): Promise<string> {
    const deadline = performance.now() + timeout;
    const missing = (state: string) =>
      new Error(`${this.name} ${state} ${Deno.inspect(wanted)}\n${this.describe()}`);
    while (true) {
      while (this.#consumed < this.log.length) {
        const { text, at } = this.log[this.#consumed++]!;
        if (at < since) continue;
        if (typeof wanted === "string" ? text.includes(wanted) : wanted.test(text)) return text;
      }
      if (this.#silent) throw missing("stopped and never said");
      if (!await this.#news(deadline)) throw missing(`did not say within ${timeout} ms`);
    }
  }

  /** Resolves to its exit code once it has ended; 128 + the signal's number when one ended it. */
  async exit({ timeout = PATIENCE_MS }: Patience = {}): Promise<number> {
    const signal = AbortSignal.timeout(timeout);
    try {
      const { StatusCode } = await this.#container.wait({ abortSignal: signal });
      await this.#following;
      this.#tell({ kind: "exit", at: Date.now(), container: this.name, code: StatusCode });
      return StatusCode;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`${this.name} did not end within ${timeout} ms\n${this.describe()}`);
    }
  }

  /** Waits for its end. Throws unless the exit code is `code`, 0 unless told. */
  async ends(code = 0, patience: Patience = {}): Promise<void> {
    const actual = await this.exit(patience);
    if (actual === code) return;
    throw new Error(`${this.name} ended with exit code ${actual} instead of ${code}\n${this.describe()}`);
  }

  /** Sends its first process a signal; SIGKILL unless told. */
  async kill(signo = "SIGKILL"): Promise<void> {
    this.#fault(`kill ${signo}`);
    await this.#container.kill({ signal: signo });
  }

  /** Freezes all its processes. */
  async pause(): Promise<void> {
    this.#fault("pause");
    await this.#container.pause();
  }

  /** Lets them go on. */
  async unpause(): Promise<void> {
    this.#fault("unpause");
    await this.#container.unpause();
  }

  /** Sends SIGTERM, and SIGKILL after so many seconds; 5 unless told. */
  async stop({ seconds = 5 }: { seconds?: number } = {}): Promise<void> {
    this.#fault("stop");
    await unless([304], this.#container.stop({ t: seconds })); // 304: it has ended.
  }

  /** Starts it again after its end; `line()` then waits for what it says from now on. */
  async start(): Promise<void> {
    await this.#following;
    this.#fault("start again");
    await this.#container.start();
    this.#follow();
  }

  /** Pulls its network cable out. */
  async disconnect(network: LabNetwork): Promise<void> {
    this.#fault("disconnect");
    await this.#docker.getNetwork(network.id).disconnect({ Container: this.id, Force: true });
  }

  /** Puts its network cable in: with its host name, though perhaps another address. */
  async connect(network: LabNetwork): Promise<void> {
    this.#fault("connect");
    const EndpointConfig = { Aliases: [this.name] };
    await this.#docker.getNetwork(network.id).connect({ Container: this.id, EndpointConfig });
  }

  /** Its address in the network. */
  async address(network: LabNetwork): Promise<string> {
    const { NetworkSettings: { Networks } } = await this.#container.inspect();
    const address = Networks[network.name]?.IPAddress ?? "";
    if (address === "") throw new Error(`${this.name} has no address in the network ${network.name}`);
    return address;
  }

  /** The process id of its first process, as this machine sees it; 0 when it has ended. */
  async pid(): Promise<number> {
    return (await this.#container.inspect()).State.Pid;
  }

  /** The end of what it printed, for an error. */
  describe(): string {
    const last = this.log.slice(-12).map(({ text }) => `    ${text}`);
    return [`  ${this.name} printed ${last.length === 0 ? "nothing" : "this last:"}`, ...last].join("\n");
  }

  /** Removes it, whatever it does. @internal */
  async remove(): Promise<void> {
    await unless([404, 409], this.#container.remove({ force: true, v: true }));
    await this.#following;
  }

  get #container() {
    return this.#docker.getContainer(this.id);
  }

  #texts(stream: LogLine["stream"]): string[] {
    return this.log.filter((line) => line.stream === stream).map(({ text }) => text);
  }

  #fault(text: string): void {
    this.#tell({ kind: "fault", at: Date.now(), container: this.name, text });
  }

  #follow(): void {
    this.#silent = false;
    this.#following = followLog(this.#docker, this.id, (line) => this.#heard(line), this.#last).then(
      (last) => void (this.#last = last),
      (error) => {
        if (statusOf(error) !== 404) {
          this.#heard({ stream: "stderr", text: `(log lost: ${error})`, at: Date.now() });
        }
      },
    ).finally(() => {
      this.#silent = true;
      this.#wake();
    });
  }

  #heard(line: LogLine): void {
    if (line.stream === "stdout" && line.text.startsWith(MESSAGE_PREFIX)) {
      const { to, text, at = line.at } = JSON.parse(line.text.slice(MESSAGE_PREFIX.length)) as ToldMessage;
      this.#tell({ kind: "message", at, from: this.name, to, text });
      return;
    }
    this.log.push(line);
    this.#tell({ kind: "line", container: this.name, ...line });
    this.#wake();
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Whether it said something, or fell silent, before the deadline. */
  #news(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (news: boolean) => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(news);
      };
      const listener = () => settle(true);
      const timer = setTimeout(() => settle(false), Math.max(0, deadline - performance.now()));
      this.#listeners.add(listener);
    });
  }
}
