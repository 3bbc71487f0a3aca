/** Tries to take descriptors, as "read:3", "write:4" or "socket:5", prints what came of it, and whether the runtime still works. */
import { inheritedReader, inheritedSocket, inheritedWriter } from "../../mod.ts";

const TAKE = { read: inheritedReader, write: inheritedWriter, socket: inheritedSocket };

for (const attempt of Deno.args) {
  const [use, fd] = attempt.split(":");
  try {
    TAKE[use as keyof typeof TAKE](Number(fd));
    console.log(`${attempt} taken`);
  } catch (error) {
    console.log(
      `${attempt} ${(error as Error).name} ${(error as { code?: string }).code} ${(error as Error).message}`,
    );
  }
}
const text = await Deno.readTextFile(new URL(import.meta.url));
await new Promise((resolve) => setTimeout(resolve, 1));
const { code } = await new Deno.Command("true").output();
using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(`works ${text.length > 0} ${code} ${listener.addr.transport}`);
