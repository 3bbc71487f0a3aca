/**
 * What a child that {@linkcode Process} started runs first. It takes its order from its stdin, a socket, runs the function,
 * and answers. Nothing here loads the rest of the library, or a `node:` module: a child that needs neither is ready in
 * little more than the time of an empty program.
 *
 * @internal
 * @module
 */

import { identify, identity } from "./identity.ts";
import { functionOf, loadModule, type Module, setLoaders } from "./loaders.ts";
import type { Answer, Order } from "./order.ts";
import { setOwnLine } from "./own_line.ts";
import { ParentLine } from "./parent_line.ts";
import { failureData } from "./remote_error.ts";
import { type Packed, Packer, Unpacker } from "./travelling.ts";
import { uncaught } from "./uncaught.ts";

/**
 * Runs what the parent orders.
 *
 * @param modules How to load the modules that this program was written for: of those the runtime knows beforehand, so that
 * reading them needs no permission.
 * @param handles Loads what handles in the arguments need.
 */
export async function run(
  modules: Record<string, () => Promise<Module>>,
  handles?: () => Promise<unknown>,
): Promise<void> {
  const line = ParentLine.open();
  setOwnLine(line);
  setLoaders(modules);
  await handles?.();
  const { bytes, descriptors } = await line.receive();
  let limit = Infinity;
  let answer: Answer;
  try {
    const order = new Unpacker().unpack(bytes, descriptors) as Order;
    limit = order.limit;
    if (!line.dieWith(order.parent.pid)) Deno.exit(0);
    identify(order);
    answer = { result: await Promise.race([uncaught(), obey(order)]) };
  } catch (error) {
    answer = { failure: failureData(error) };
  }
  const { packed, failed } = packedAnswer(answer, limit);
  await line.send(packed);
  // What the function has sent, and not awaited, leaves at the end of this turn.
  setTimeout(() => Deno.exit(failed ? 1 : 0));
}

async function obey({ module, entry, args }: Order): Promise<unknown> {
  return functionOf(await loadModule(module), entry, module)(...args);
}

function packedAnswer(answer: Answer, limit: number): { packed: Packed; failed: boolean } {
  try {
    const packed = new Packer().pack(answer);
    if (packed.bytes.length <= limit) return { packed, failed: "failure" in answer };
    packed.stay();
    const why = `it has ${packed.bytes.length} bytes, and maxMessageSize is ${limit}`;
    throw new RangeError(`Cannot send the result of ${identity().name}: ${why}`);
  } catch (error) {
    return { packed: new Packer().pack({ failure: failureData(error) }), failed: true };
  }
}
