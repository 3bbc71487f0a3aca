/**
 * Sees families of process_family.ts end, one after the other: `FOLDER NAME…`. It waits for FOLDER/NAME, says how many
 * processes there are, kills the parent of `killed-alone`, and says how long after the parent's end all were gone.
 *
 * @module
 */
import { sendSignal } from "../../../mod.ts";

/** A zombie has ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function numbers(path: string): Promise<number[]> {
  for (;;) {
    try {
      return Deno.readTextFileSync(path).split(" ").map(Number);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

const [folder = "", ...names] = Deno.args;
console.log("watches");
for (const name of names) {
  const [parent = 0, ...family] = await numbers(`${folder}/${name}`);
  console.log(`${name} has ${[parent, ...family].filter(isRunning).length} processes`);
  if (name === "killed-alone") sendSignal(parent, "SIGKILL");
  await until(() => !isRunning(parent));
  const ended = performance.now();
  await until(() => !family.some(isRunning));
  console.log(`${name} is gone within ${Math.ceil(performance.now() - ended)} ms`);
}
