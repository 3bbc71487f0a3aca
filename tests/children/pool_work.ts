/** Functions that tests run in pools. */
import { currentProcess, type Lock, type PipeWriter, type Queue, type SharedValue } from "../../mod.ts";

let started = "nothing";
let calls = 0;

export function initialise(as: string): void {
  started = as;
}

export function failToInitialise(): never {
  throw new RangeError("no room in here");
}

export function initialised(_value?: number): string {
  return started;
}

export const notAFunction = 5;

export function add(a: number, b: number): number {
  return a + b;
}

export function square(n: number): number {
  return n * n;
}

export function same(...values: unknown[]): unknown[] {
  return values;
}

/** Tells workers apart, threads as well: a number for each, and how often it was called. */
export function whoami(_value?: number): { worker: string; calls: number } {
  return { worker: own, calls: ++calls };
}

const own = crypto.randomUUID();

export function pid(): number {
  return Deno.pid;
}

export function nameAndDaemon(): unknown[] {
  const { name, daemon } = currentProcess();
  return [name, daemon];
}

/** Fails for one of the values. */
export function failFor(value: number, bad: number): number {
  if (value !== bad) return value;
  throw Object.assign(new RangeError(`${value} is refused`), { code: "EREFUSED" });
}

export function failForThree(value: number): number {
  return failFor(value, 3);
}

export async function sleep(milliseconds: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return milliseconds;
}

/** Never returns, and never lets its event loop go. */
export function spin(): never {
  for (;;);
}

/** Waits until a byte can be read from nowhere, with its event loop free. */
export function never(): Promise<void> {
  return new Promise(() => setInterval(() => {}, 60_000));
}

export function mark(count: SharedValue<"int32">): void {
  using mine = count;
  mine.add(1);
}

export function exit(code: number): void {
  Deno.exit(code);
}

export function exitForThree(value: number): number {
  if (value === 3) Deno.exit(7);
  return value;
}

export function closeWorker(): Promise<void> {
  (globalThis as unknown as { close(): void }).close();
  return never();
}

export function killMyself(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  spin();
}

/** Once for each file: ends its worker, as long as the file is there. */
export function exitOnce(file: string): string {
  try {
    Deno.removeSync(file);
  } catch {
    return "done";
  }
  Deno.exit(9);
}

/** Fails after it has returned. */
export function failLater(): Promise<never> {
  setTimeout(() => {
    throw new SyntaxError("thrown in a timer");
  });
  return never() as Promise<never>;
}

export function aFunction(): () => number {
  return () => 1;
}

export function large(bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(7);
}

export function sum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0);
}

export async function writeLine(writer: PipeWriter, line: string): Promise<void> {
  await writer.write(`${line}\n`);
  writer.close();
}

export async function locked(lock: Lock, value: SharedValue<"int32">): Promise<number> {
  using mine = value;
  using ours = lock;
  using _guard = await ours.acquire();
  return mine.value += 1;
}

export async function put(queue: Queue<number>, value: number): Promise<void> {
  using mine = queue;
  await mine.put(value);
}

export function readFile(path: string): string {
  return Deno.readTextFileSync(path);
}

export function variable(name: string): string | undefined {
  return Deno.env.get(name);
}

export function folder(): string {
  return Deno.cwd();
}

/** Whether calls of the C library work in here. */
export function foreignCalls(): string {
  return Deno.permissions.querySync({ name: "ffi" }).state;
}

export async function sleepAndMark(count: SharedValue<"int32">): Promise<void> {
  using mine = count;
  await sleep(5);
  mine.add(1);
}

/** Keeps more and more, until the heap is full. */
export function fillMemory(): never {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(1_000_000).fill({}));
}

/** The number that all bytes are; -1 when they differ. */
export function only(bytes: Uint8Array): number {
  return bytes.every((byte) => byte === bytes[0]) ? bytes[0]! : -1;
}
