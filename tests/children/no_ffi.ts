/** Without --allow-ffi: prints what each call that needs the C library throws, and what support() says. */

import {
  inheritedReader,
  mkfifo,
  mkfifoSync,
  openFifoReader,
  openFifoWriterSync,
  pipe,
  support,
} from "../../mod.ts";

async function report(name: string, call: () => unknown): Promise<void> {
  try {
    await call();
    console.log(`${name}: succeeded`);
  } catch (error) {
    const { name: kind, message } = error as Error;
    console.log(
      `${name}: ${kind}${message.includes("--allow-ffi") ? ", names --allow-ffi" : `: ${message}`}`,
    );
  }
}

const path = `${Deno.args[0]}/fifo`;
await report("pipe", () => pipe());
await report("mkfifo", () => mkfifo(path));
await report("mkfifoSync", () => mkfifoSync(path));
await report("openFifoReader", () => openFifoReader(path));
await report("openFifoWriterSync", () => openFifoWriterSync(path));
await report("inheritedReader", () => inheritedReader(3));
console.log(JSON.stringify(support()));
