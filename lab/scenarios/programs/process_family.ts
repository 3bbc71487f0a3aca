/**
 * A parent with its family: `FOLDER NAME`. It writes the numbers of all of them into FOLDER/NAME, its own first. As
 * `killed-alone` the parent is a child of the container's first process, which says how it ended, and stays.
 *
 * @module
 */
import { Manager, Process, spawn } from "../../../mod.ts";

/** What a child does: it has a child of its own, and waits. */
export async function family(daemon: boolean): Promise<void> {
  const process = new Process(import.meta.url, { entry: "wait", daemon });
  process.start();
  console.log(process.pid);
  await wait();
}

export async function wait(): Promise<void> {
  for (;;) await new Promise((resolve) => setTimeout(resolve, 1_000));
}

/** Never lets the event loop go. */
export function spin(): never {
  console.log(Deno.pid);
  for (;;);
}

async function parent(folder: string, name: string): Promise<void> {
  const processes = [
    new Process(import.meta.url, { entry: "family", args: [false], stdout: "piped" }),
    new Process(import.meta.url, { entry: "family", args: [true], stdout: "piped", daemon: true }),
    new Process(import.meta.url, { entry: "family", args: [true], stdout: "piped" }),
    new Process(import.meta.url, { entry: "spin", stdout: "piped" }),
  ];
  for (const process of processes) process.start();
  const printed = await Promise.all(processes.map((process) => process.stdout.lines().next()));
  const manager = await Manager.start();
  await (await manager.lock()).acquire();
  // The server is the one child that told no number.
  const known = [...processes.map(({ pid }) => pid), ...printed.map(({ value }) => Number(value))];
  const pids = [Deno.pid, ...new Set([...known, ...ownChildren()])];
  await Deno.writeTextFile(`${folder}/${name}.part`, pids.join(" "));
  await Deno.rename(`${folder}/${name}.part`, `${folder}/${name}`);
  await wait();
}

function ownChildren(): number[] {
  const path = `/proc/self/task/${Deno.pid}/children`;
  return Deno.readTextFileSync(path).trim().split(" ").map(Number);
}

if (import.meta.main) {
  const [folder = "", name = "", nested] = Deno.args;
  if (name === "killed-alone" && nested === undefined) {
    console.log("keeps the container");
    const args = ["run", "-A", "--quiet", "--cached-only", import.meta.url, folder, name, "nested"];
    await using child = spawn(Deno.execPath(), { args });
    const { signal } = await child.status;
    console.log(`the parent ended by ${signal}`);
    await wait();
  }
  await parent(folder, name);
}
