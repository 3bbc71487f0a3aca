/**
 * A parent and a child that exchange objects over a pair of connections: one end goes to the child as an argument.
 *
 *     deno run -A lab/programs/process_objects.ts
 *
 * One sees what each got, and the exit code of the child.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { type Connection, connectionPair, Process } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

/** What the child runs. */
export async function child(parent: Connection): Promise<void> {
  for await (const value of parent) {
    console.log(`Child ${Deno.pid} got`, value);
    await parent.send(value instanceof Map ? new Set(value.keys()) : { got: value });
  }
}

async function main(signal: AbortSignal): Promise<void> {
  const [ours, theirs] = connectionPair();
  await using process = new Process(import.meta.url, { entry: "child", args: [theirs], name: "child" });
  process.start();
  for (const value of [{ name: "Ann", born: new Date(0), big: 2n ** 64n }, new Map([["a", 1], ["b", 2]])]) {
    await ours.send(value, { signal });
    console.log(`Parent ${Deno.pid} got`, await ours.recv({ signal }));
  }
  ours.close(); // The child's loop ends.
  console.log(`Parent ${Deno.pid}: the child ended with code ${await process.join({ signal })}`);
}

if (import.meta.main) await interruptible(main);
