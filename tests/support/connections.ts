/**
 * One body of tests for connections over everything that carries them: they promise the same.
 *
 * @module
 */
import {
  type Codec,
  type CodecName,
  Connection,
  connectionPair,
  DuplexFifo,
  Listener,
  pipe,
} from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { tempDir } from "./temp.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** What both connections are made with. */
export interface Options {
  codec?: CodecName | Codec<unknown>;
  maxMessageSize?: number;
  authKey?: string;
}

/** Two connected connections, closed when the test is done. */
export type Pair = [a: Connection, b: Connection];

/** Each way to make them; the folder holds what needs a name. */
export const WAYS: Record<string, (folder: string, options: Options) => Promise<Pair>> = {
  "a socket pair": (_, options) => Promise.resolve(connectionPair(options)),
  async "two pipes"(_, options) {
    const [there, back] = [pipe(), pipe()];
    return await Promise.all([
      Connection.over({ reader: back.reader, writer: there.writer }, { ...options, role: "client" }),
      Connection.over({ reader: there.reader, writer: back.writer }, { ...options, role: "listener" }),
    ]);
  },
  async "two fifos"(folder, options) {
    const listening = DuplexFifo.listen(`${folder}/fifo`);
    const client = await DuplexFifo.connect(`${folder}/fifo`);
    const server = await listening;
    return await Promise.all([
      Connection.over(client, { ...options, role: "client" }),
      Connection.over(server, { ...options, role: "listener" }),
    ]);
  },
  "a Unix socket": (folder, options) => connected(`unix:${folder}/socket`, options),
  "TCP": (_, options) => connected("tcp://127.0.0.1:0", options),
};

async function connected(address: string, options: Options): Promise<Pair> {
  await using listener = new Listener(address, options);
  return await Promise.all([Connection.connect(await listener.ready, options), listener.accept()]);
}

/** A test of what connections promise over everything; it must leave no descriptor open. */
export function testConnections(
  promise: string,
  body: (pair: Pair, way: string) => Promise<void>,
  options: Options & { ways?: string[]; milliseconds?: number } = {},
): void {
  const { ways = Object.keys(WAYS), milliseconds = PATIENCE_MS, ...both } = options;
  for (const way of ways) {
    Deno.test(`${promise} (${way})`, async () => {
      using folder = tempDir();
      await assertNoLeak(() =>
        within(milliseconds, promise, async () => {
          const [a, b] = await WAYS[way]!(folder.path, both);
          try {
            await body([a, b], way);
          } finally {
            await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
          }
        })
      );
    });
  }
}
