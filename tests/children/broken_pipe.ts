/** Writes to pipes whose readers have left, by every call, and prints what each says. */

import { pipe } from "../../mod.ts";

async function report(name: string, write: () => unknown): Promise<void> {
  try {
    await write();
    console.log(name, "succeeded");
  } catch (error) {
    console.log(name, (error as { code?: string }).code ?? error);
  }
}

const { reader, writer } = pipe();
reader.close();
await report("write", () => writer.write("x"));
await report("writeSync", () => writer.writeSync("x"));
await report("tryWrite", () => writer.tryWrite("x"));
writer.close();

const full = pipe();
full.writer.tryWrite(new Uint8Array(1 << 20));
const waiting = full.writer.write("x");
setTimeout(() => full.reader.close(), 10);
await report("waiting", () => waiting);
full.writer.close();

const streams = pipe();
streams.reader.close();
const stream = streams.writer.writable.getWriter();
stream.closed.catch(() => {});
await report("writable", () => stream.write(new Uint8Array(1)));
