import { socketPair } from "../primitives/socket.ts";
import type { Codec } from "./codec.ts";
import { type Carried, type CodecName, codecOf } from "./codecs.ts";
import { Connection } from "./connection.ts";
import { limitOf } from "./connection_line.ts";
import type { ConnectionOptions } from "./connection_options.ts";

/**
 * Two connections, each the other's other side, as Python's `multiprocessing.Pipe()`: between parts of one program,
 * or for tests. To talk to a child use {@linkcode spawn}'s `ipc`.
 *
 * Needs `--allow-ffi`. As socketpair(2).
 *
 * @example
 * ```ts
 * import { connectionPair } from "@ipc/ipc";
 *
 * const [a, b] = connectionPair({ codec: "text" });
 * await a.send("ping");
 * await b.send(`${await b.recv()}, pong`);
 * console.log(await a.recv());
 * a.close();
 * b.close();
 * ```
 */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export function connectionPair<const C extends CodecName | Codec<any> = "structured">(
  options: ConnectionOptions<C> = {},
): [Connection<Carried<C>>, Connection<Carried<C>>] {
  const codec = codecOf(options.codec);
  limitOf(options);
  const [a, b] = socketPair();
  return [
    new Connection(a, codec, "the other of a pair", options),
    new Connection(b, codec, "the other of a pair", options),
  ];
}
