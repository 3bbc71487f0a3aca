import { dirname } from "node:path";

/** Resolves once there is something at `path`; its folder must be there already. */
export async function untilExists(path: string, signal: AbortSignal): Promise<void> {
  // The watch begins before the first look, so that nothing can appear unseen between the two.
  const watcher = Deno.watchFs(dirname(path));
  const stop = () => watcher.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (await exists(path)) return;
    for await (const _event of watcher) {
      if (await exists(path)) return;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) watcher.close();
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
