import { openFifoReader } from "../../mod.ts";

/**
 * Runs `start`, which opens both ends of the fifo, with the fifo at that capacity; undefined leaves it.
 *
 * The capacity belongs to the pipe behind the name, which exists while anybody has it open. So it is set
 * from here, the same for every language, before the contestants open it. The end held here is closed
 * as soon as they have: held longer it would hide the end of their reader from their writer.
 */
export async function withFifoCapacity<T>(
  path: string,
  capacity: number | undefined,
  start: () => Promise<T>,
): Promise<T> {
  if (capacity === undefined) return await start();
  using held = await openFifoReader(path, { wait: false, capacity });
  if (held.capacity !== capacity) {
    throw new Error(`Capacity of the fifo is ${held.capacity} B, not ${capacity} B`);
  }
  return await start();
}
