/**
 * Signals between processes that can see each other:
 * - `keep`: waits for SIGTERM;
 * - `answer FOLDER ASKER`: answers each SIGUSR1 with SIGUSR2, and ends at SIGTERM;
 * - `ask FOLDER ANSWERER PID COUNT`: sends SIGUSR1 and waits for SIGUSR2 so many times, then sends SIGTERM;
 * - `try PID`: what a user without the right to is told.
 *
 * The two find each other by the asker's process id in FOLDER/asker.
 *
 * Needs: --allow-run --allow-read --allow-write
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, sendSignal, signals, type SystemErrorFields, untilSignal } from "../../../mod.ts";
import { message } from "./parts/message.ts";

async function keep(): Promise<void> {
  const stopped = untilSignal("SIGTERM");
  console.log("keeps");
  console.log(`got ${await stopped}`);
}

async function answer(folder: string, asker: string): Promise<void> {
  using coming = signals("SIGUSR1", "SIGTERM");
  console.log(`process ${Deno.pid}`);
  let answered = 0;
  for await (const name of coming) {
    if (name === "SIGTERM") break;
    if (answered++ === 0) message(asker, "SIGUSR2");
    sendSignal(Number(Deno.readTextFileSync(`${folder}/asker`)), "SIGUSR2");
  }
  console.log(`answered ${answered}`);
  console.log("got SIGTERM, and ends");
}

async function ask(folder: string, answerer: string, pid: number, count: number): Promise<void> {
  using answers = signals("SIGUSR2", { timeout: 15_000 });
  Deno.writeTextFileSync(`${folder}/asker`, `${Deno.pid}`);
  message(answerer, "SIGUSR1");
  for (let i = 0; i < count; i++) {
    sendSignal(pid, "SIGUSR1");
    await answers.next();
  }
  console.log(`had ${count} answers`);
  console.log(`alive: ${isAlive(pid)}`);
  message(answerer, "SIGTERM");
  sendSignal(pid, "SIGTERM");
  const end = performance.now() + 15_000;
  while (isAlive(pid) && performance.now() < end) await delay(5);
  console.log(`alive after SIGTERM: ${isAlive(pid)}`);
}

function attempt(pid: number): string {
  try {
    sendSignal(pid, "SIGTERM");
    return "sent";
  } catch (error) {
    const { name, code, syscall } = error as Error & SystemErrorFields;
    return `${name} ${code} ${syscall}`;
  }
}

const [role, ...args] = Deno.args;
if (role === "keep") await keep();
if (role === "answer") await answer(args[0]!, args[1]!);
if (role === "ask") await ask(args[0]!, args[1]!, Number(args[2]), Number(args[3]));
if (role === "try") {
  const pid = Number(args[0]);
  console.log(`alive: ${isAlive(pid)}`);
  console.log(`SIGTERM: ${attempt(pid)}`);
  console.log(`alive: ${isAlive(pid)}`);
  const nobody = 2 ** 22; // The kernel's highest, which it does not give.
  console.log(`a process that is not there: ${isAlive(nobody)}, ${attempt(nobody)}`);
}
