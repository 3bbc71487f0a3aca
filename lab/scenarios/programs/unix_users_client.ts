/**
 * Connects to socket files one after the other, `SERVER NAME PATH...`, and says of each what the server said, or why
 * it could not connect.
 *
 * Needs: --allow-ffi
 *
 * @module
 */
import { connect, type SystemErrorFields } from "../../../mod.ts";
import { message } from "./parts/message.ts";

const [server = "", name = "", ...paths] = Deno.args;
for (const path of paths) {
  try {
    await using stream = await connect(`unix:${path}`, { timeout: 15_000 });
    message(server, `${name} at ${path}`);
    await stream.write(`${name} ${Deno.pid}\n`);
    const { value } = await stream.lines({ timeout: 15_000 }).next();
    console.log(`${path}: ${value}`);
  } catch (error) {
    const { name, code, syscall, path: about } = error as Error & SystemErrorFields;
    console.log(`${path}: ${name} ${code} ${syscall} ${about}`);
  }
}
