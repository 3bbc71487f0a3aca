/**
 * Makes a channel for its own user alone, and one for all; receives one message from the latter, and removes both.
 *
 * @module
 */
import { Channel } from "../../../mod.ts";

Deno.umask(0); // It narrows modes.
using mine = Channel.create({ name: "users-mine" });
using everybodys = Channel.create({ name: "users-all", mode: 0o666 });
console.log("ready");
const message = await everybodys.recv({ timeout: 15_000 });
console.log(
  `got ${new TextDecoder().decode(message!)}, and then ${await everybodys.recv({ timeout: 15_000 })}`,
);
mine.unlink();
everybodys.unlink();
