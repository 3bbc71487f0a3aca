import type { Connection } from "../messaging/connection.ts";
import { loadModule } from "./loaders.ts";
import { endCleanly } from "./manager_end.ts";
import { ManagerServer, type ManagerServerOptions } from "./manager_server.ts";

/**
 * What the process of {@linkcode Manager.start} runs: a server that tells where it is, and ends when nobody holds the other
 * end of the line.
 *
 * @internal
 */
export async function serve(
  line: Connection,
  address: string,
  options: ManagerServerOptions,
  module: string | undefined,
): Promise<void> {
  const exports = module === undefined ? undefined : await loadModule(module);
  let listening: Promise<ManagerServer> | undefined;
  endCleanly(address, async () => (await listening)?.close());
  await using server = await (listening = ManagerServer.listen(address, { ...options, module: exports }));
  await line.send(server.address);
  for await (const _ of line);
}
