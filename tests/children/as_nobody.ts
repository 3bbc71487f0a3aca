/**
 * Tries calls as a user who may do nothing: `as_nobody.ts NAME PATH [OPTIONS] …` prints a JSON array with the error of each.
 * The user is changed here, not at the start, as the runtime itself may lie where only root can read it.
 */

import process from "node:process";
import {
  mkfifo,
  mkfifoSync,
  openFifoReader,
  openFifoReaderSync,
  openFifoWriter,
  openFifoWriterSync,
} from "../../mod.ts";

const CALLS = { mkfifo, mkfifoSync, openFifoReader, openFifoReaderSync, openFifoWriter, openFifoWriterSync };
const NOBODY = 65534;

process.setgid!(NOBODY);
process.setuid!(NOBODY);
const outcomes = [];
for (const [name, path, options] of calls(Deno.args)) {
  try {
    await CALLS[name](path, options as never);
    outcomes.push("no error");
  } catch (error) {
    const { name, code, syscall, path } = error as Error & { code: string; syscall: string; path: string };
    outcomes.push({ name, code, syscall, path });
  }
}
console.log(JSON.stringify(outcomes));

function* calls(args: string[]): Generator<[keyof typeof CALLS, string, object]> {
  for (let index = 0; index < args.length; index += 2) {
    const [name, path, options] = args.slice(index, index + 3) as [keyof typeof CALLS, string, string?];
    const given = options?.startsWith("{");
    yield [name, path, given ? JSON.parse(options!) : {}];
    if (given) index++;
  }
}
