import { setTimeout as delay } from "node:timers/promises";

/**
 * Resolves once there is something at `path`. It looks again and again: `Deno.watchFs` is of no use for a
 * fifo, since it opens what has appeared, and so waits in it for a writer, for ever.
 */
export async function untilExists(path: string, signal: AbortSignal): Promise<void> {
  for (let pause = 1; !await exists(path); pause = Math.min(2 * pause, 32)) {
    await delay(pause, undefined, { signal });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
