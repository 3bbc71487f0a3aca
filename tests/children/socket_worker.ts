/** In a worker: serves one line of one client, after it was idle. */

import { listen } from "../../mod.ts";

const listener = await listen("tcp://127.0.0.1:0");
const accepting = listener.accept();
await new Promise((resolve) => setTimeout(resolve, 20));
const { postMessage } = globalThis as unknown as { postMessage(message: unknown): void };
postMessage(listener.address);
const stream = await accepting;
for await (const line of stream.lines()) await stream.write(`worker got: ${line}\n`);
await stream[Symbol.asyncDispose]();
listener.close();
postMessage("closed");
