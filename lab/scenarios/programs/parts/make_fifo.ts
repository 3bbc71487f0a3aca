import { mkfifo } from "../../../../mod.ts";

/** Makes the fifo unless the other side has. */
export async function makeFifo(path: string): Promise<void> {
  try {
    await mkfifo(path, { mode: 0o666 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
