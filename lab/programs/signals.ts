/**
 * Signals between a parent and its child. The child says by SIGUSR1 that it is ready (and listens: before
 * that, a signal would end it), and from then on each answers SIGUSR1 with SIGUSR1. After COUNT of them
 * (3 unless told) the child asks by SIGTERM to be shut down; the parent sends it SIGTERM, and the child
 * tidies up and ends. So it does, too, when the parent gets SIGTERM or Ctrl-C from elsewhere.
 *
 * SIGUSR1 is the classic choice. In a program that runs for long SIGUSR2 is the better one: after half a
 * second Deno opens its debugger on SIGUSR1 as well, and says so.
 *
 *     deno run -A lab/programs/signals.ts FOLDER [COUNT]
 *
 * One sees each signal where it arrives, and how the child removes FOLDER/child.pid before it ends.
 *
 * Needs: --allow-ffi --allow-run --allow-env --allow-write
 *
 * @module
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, sendSignal, signals, spawn } from "../../mod.ts";

async function parent(folder: string, count: number): Promise<void> {
  // Before the child is there: its first signal would end a process that does not listen.
  using coming = signals("SIGUSR1", "SIGTERM", "SIGINT", "SIGCHLD");
  await using child = spawn(Deno.execPath(), {
    args: ["run", "--allow-run", "--allow-write", import.meta.url, "child", folder, `${count}`],
    noOrphans: true,
  });
  for await (const name of coming) {
    console.log(`Parent ${Deno.pid} got ${name}`);
    if (isAlive(child.pid)) sendSignal(child.pid, name === "SIGUSR1" ? "SIGUSR1" : "SIGTERM");
    if (name === "SIGUSR1") continue;
    const { code } = await child.status; // Still listening: one more SIGUSR1 may be on its way.
    console.log(`Parent ${Deno.pid} saw the child end with code ${code}`);
    break;
  }
}

async function child(folder: string, count: number): Promise<void> {
  const coming = signals("SIGUSR1", "SIGTERM", "SIGINT"); // Not closed: from here on none may end it.
  const pidFile = join(folder, "child.pid");
  await Deno.writeTextFile(pidFile, `${Deno.pid}\n`, { createNew: true });
  try {
    sendSignal(Deno.ppid, "SIGUSR1");
    let got = 0;
    while (true) {
      const { value: name } = await coming.next();
      console.log(`Child ${Deno.pid} got ${name}`);
      if (name === "SIGTERM") break;
      if (name === "SIGINT") continue; // Ctrl-C reaches both; the parent says when to end.
      await delay(20);
      sendSignal(Deno.ppid, ++got < count ? "SIGUSR1" : "SIGTERM");
    }
  } finally {
    await Deno.remove(pidFile);
    console.log(`Child ${Deno.pid} has removed its child.pid`);
  }
  Deno.exit(); // At an end without it the signals are deadly again for a moment, and one may be on its way.
}

if (import.meta.main) {
  const isChild = Deno.args[0] === "child";
  const [folder, count = 3] = isChild ? Deno.args.slice(1) : Deno.args;
  if (folder === undefined) throw new TypeError("Missing argument: the folder to make child.pid in");
  await (isChild ? child : parent)(folder, Number(count));
}
