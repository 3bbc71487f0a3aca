/** Functions that tests run in processes of their own. */
import {
  activeChildren,
  Condition,
  type Connection,
  currentProcess,
  type Lock,
  parentProcess,
  Process,
  type RLock,
} from "../../mod.ts";
import type {
  PipeReader,
  PipeWriter,
  SharedMemory,
  SharedToken,
  SharedValue,
  SocketStream,
} from "../../mod.ts";

export default () => "the default export";

export const notAFunction = 1;

export function add(a: number, b: number): number {
  return a + b;
}

export function same(...args: unknown[]): unknown[] {
  return args;
}

export function fail(): never {
  const cause = new Deno.errors.NotFound("the deeper reason");
  throw Object.assign(new RangeError("it failed", { cause }), { code: "EWORK", detail: { n: 1 } });
}

export function failWith(value: unknown): never {
  throw value;
}

export function failLater(): Promise<void> {
  setTimeout(() => {
    throw new TypeError("thrown in a timer");
  });
  return new Promise(() => setTimeout(() => {}, 60_000));
}

export function rejectUnseen(): Promise<void> {
  void Promise.reject(new SyntaxError("nobody awaits it"));
  return new Promise(() => setTimeout(() => {}, 60_000));
}

export function exit(code: number): void {
  Deno.exit(code);
}

export function never(): Promise<void> {
  return new Promise(() => {});
}

export function sleep(milliseconds = 60_000): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Never lets the event loop go. */
export function spin(): never {
  for (;;);
}

/** As spin, with memory and a lock of the parent's. */
export function spinWith(memory: SharedMemory, lock: Lock): never {
  const numbers = new Uint8Array(memory.buffer);
  using _guard = lock.acquireSync();
  console.log("spins");
  for (;;) numbers[0] = numbers[0]! + 1;
}

/** As spin, and tells by adding one. */
export function markAndSpin(count: SharedValue<"int32">): never {
  count.add(1);
  count.notify();
  return spin();
}

/** As spin, and tells. */
export function spinLoudly(): never {
  console.log("spins");
  return spin();
}

export function killSelf(signo: Deno.Signal): Promise<void> {
  Deno.kill(Deno.pid, signo);
  return sleep();
}

export function bytes(size: number): Uint8Array {
  return new Uint8Array(size).fill(7);
}

export function aFunction(): () => void {
  return () => {};
}

export function who(): unknown {
  const parent = parentProcess();
  return {
    ...currentProcess(),
    parent: parent && { ...parent },
    mine: Deno.ppid === parent?.pid,
    children: activeChildren().length,
  };
}

export async function grandchild(entry: string): Promise<unknown> {
  const process = new Process(import.meta.url, { entry });
  process.start();
  return await process.result;
}

/** Prints the numbers of this process and of a child of it, which both wait. */
export async function family(daemon: boolean): Promise<void> {
  const process = new Process(import.meta.url, { entry: "sleep", daemon });
  process.start();
  console.log(`family ${Deno.pid} ${process.pid}`);
  await sleep();
}

export function speak(): void {
  console.log("one\ntwo");
  console.error("wrong");
}

/** Ends, and leaves a program with its output, whose number it prints. */
export async function leaveBehind(): Promise<void> {
  await new Deno.Command("sh", { args: ["-c", "sleep 60 & echo $!"], stdin: "null", stderr: "null" }).spawn()
    .status;
}

export async function stdin(): Promise<number | null> {
  return await Deno.stdin.read(new Uint8Array(10));
}

export function leavesWorkBehind(writer: PipeWriter): void {
  void writer.write("sent and not awaited\n");
  setTimeout(() => {}, 60_000);
}

export async function shout(reader: PipeReader, writer: PipeWriter): Promise<string> {
  for await (const line of reader.lines()) await writer.write(`${line.toUpperCase()}\n`);
  writer.close();
  return "no more lines";
}

export async function echo(stream: SocketStream): Promise<void> {
  for await (const line of stream.lines()) await stream.write(`${line}!\n`);
}

export async function converse(connection: Connection): Promise<number> {
  let count = 0;
  for await (const value of connection) {
    await connection.send({ got: value });
    count++;
  }
  connection.close();
  return count;
}

export function makePipe(reader: PipeReader): PipeReader {
  return reader;
}

export function addTo(memory: SharedMemory, lock: Lock, times: number): void {
  const counter = new Int32Array(memory.buffer);
  for (let i = 0; i < times; i++) {
    using _guard = lock.acquireSync();
    counter[0] = counter[0]! + 1;
  }
}

export async function notifyWith(token: SharedToken, lock: Lock): Promise<string> {
  using condition = Condition.from(token, { lock });
  using _guard = await lock.acquire({ timeout: 20_000 });
  condition.notify();
  return "notified";
}

/** Notifies each condition, with its lock acquired by it, or by the handle of the lock that came, too. */
export async function notifyAllOf(conditions: Condition[], lock?: Lock | RLock): Promise<boolean[]> {
  const same: boolean[] = [];
  for (const condition of conditions) {
    using _guard = await (lock ?? condition).acquire({ timeout: 20_000 });
    same.push(condition.held, conditions.every((each) => each.held));
    condition.notify();
  }
  return same;
}

/** What is closed when conditions are closed, one after the other. */
export function closeInTurn(
  conditions: Condition[],
  ...others: { close(): void; closed: boolean }[]
): boolean[] {
  const closed = conditions.flatMap((condition) => {
    condition.close();
    return others.map((other) => other.closed);
  });
  for (const other of others) other.close();
  return closed;
}

export function permissions(): Record<string, string> {
  const names = ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const;
  return Object.fromEntries(names.map((name) => [name, Deno.permissions.querySync({ name } as never).state]));
}

export function mayRead(path: string): string {
  return Deno.permissions.querySync({ name: "read", path }).state;
}

export function environment(name: string): [string | undefined, string] {
  return [Deno.env.get(name), Deno.cwd()];
}

export function openDescriptors(): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => name);
}
