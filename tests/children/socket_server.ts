/** Listens at the path that it is given, and echoes what each client sends: prints "listening", or why not. */

import { listen } from "../../mod.ts";

try {
  const listener = await listen(`unix:${Deno.args[0]}`);
  console.log("listening");
  for await (const client of listener) client.readable.pipeTo(client.writable).catch(() => {});
} catch (error) {
  console.log((error as { code?: string }).code ?? `${error}`);
}
