/** A server over two fifos that answers each line: `duplex_server.ts PATH`. */

import { DuplexFifo } from "../../mod.ts";

await using server = await DuplexFifo.listen(Deno.args[0]!);
for await (const line of server.lines()) await server.write(`got ${line}\n`);
