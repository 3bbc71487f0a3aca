/**
 * Listens at two socket files, `PRIVATE PUBLIC`, for the owner and for all, and tells each client who it is, until
 * SIGTERM. A client tells its name and its process id before.
 *
 * Needs: --allow-ffi --allow-read --allow-write
 *
 * @module
 */
import {
  abortOnSignal,
  listen,
  peerCredentials,
  type SocketListener,
  type SocketStream,
} from "../../../mod.ts";
import { message } from "./parts/message.ts";

async function welcome(stream: SocketStream): Promise<void> {
  using client = stream;
  const { pid, uid, gid } = peerCredentials(client);
  const { value: hello = "" } = await client.lines({ timeout: 15_000 }).next();
  const [name = "", told] = hello.split(" ");
  const process = pid === 0 ? "out of sight" : `${pid}` === told ? "its own" : `${pid} and not ${told}`;
  message(name, `welcome, user ${uid}`);
  await client.write(`welcome, user ${uid} of group ${gid}, process ${process}\n`);
}

async function serve(listener: SocketListener): Promise<void> {
  for await (const client of listener) await welcome(client);
}

const [mine = "", everybodys = ""] = Deno.args;
using stop = abortOnSignal("SIGTERM");
const listeners = [await listen(`unix:${mine}`), await listen(`unix:${everybodys}`, { mode: 0o666 })];
stop.addEventListener("abort", () => listeners.forEach((listener) => listener.close()));
console.log("listening");
await Promise.all(listeners.map(serve));
const left = [...Deno.readDirSync(mine.replace(/[^/]*$/, ""))].map(({ name }) => name);
console.log(`left ${left.join(", ") || "nothing"} in the volume`);
