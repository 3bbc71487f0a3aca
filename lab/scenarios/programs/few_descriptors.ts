/**
 * Opens of each kind as many as there are descriptors for, and says what it is told then. To be run with few.
 *
 * @module
 */
import {
  connect,
  connectionPair,
  datagram,
  listen,
  mkfifo,
  openFifoReader,
  pipe,
  SharedMemory,
  type SocketListener,
  type SystemErrorFields,
} from "../../../mod.ts";
import { closesAll } from "./parts/closes_all.ts";

const LIMITS = { timeout: 15_000 };
const folder = Deno.makeTempDirSync();
let made = 0;

/** Calls `open` until it fails; resolves to how often that was, and to the error. All is closed by then. */
async function opened(open: () => Disposable | Promise<Disposable>): Promise<{ count: number; told: string }> {
  using all = new DisposableStack();
  for (let count = 0;; count++) {
    try {
      all.use(await open());
    } catch (error) {
      const { name, message, code, syscall } = error as Error & SystemErrorFields;
      return { count, told: `${name} ${code} ${syscall} "${/: (this.*) \(\w+:/.exec(message)?.[1]}"` };
    }
  }
}

async function twice(what: string, open: () => Disposable | Promise<Disposable>): Promise<void> {
  let first = { count: 0, told: "" };
  let second = first;
  await closesAll(async () => void (first = await opened(open)));
  await closesAll(async () => void (second = await opened(open)));
  if (first.count === 0 || first.count !== second.count || first.told !== second.told) {
    throw new Error(`${what}: ${Deno.inspect(first)}, and then ${Deno.inspect(second)}`);
  }
  console.log(`${what}: ${first.told}, and as many again`);
}

function both(...ends: Disposable[]): Disposable {
  return { [Symbol.dispose]: () => ends.forEach((end) => end[Symbol.dispose]()) };
}

async function connections(what: string, address: string): Promise<void> {
  await using listener = await listen(address);
  await twice(what, () => connect(listener.address, LIMITS));
}

/** Connects, leaves no descriptor for the other end, looks what happens, and then leaves some. */
async function accepting(body: (listener: SocketListener) => Promise<void>): Promise<string | undefined> {
  await using listener = await listen(`unix:${folder}/accepting`);
  await using client = await connect(listener.address, LIMITS);
  await client.write("hello\n");
  using taken = new DisposableStack();
  try {
    for (;;) taken.use(Deno.openSync("/dev/null"));
  } catch {
    // No descriptor is left.
  }
  await body(listener);
  taken.dispose();
  await using server = await listener.accept(LIMITS);
  return (await server.lines(LIMITS).next()).value;
}

await twice("pipes", () => {
  const { reader, writer } = pipe();
  return both(reader, writer);
});
await mkfifo(`${folder}/fifo`);
await twice("readers of a fifo", () => openFifoReader(`${folder}/fifo`, { wait: false }));
await twice("Unix listeners", () => listen(`unix:${folder}/socket${made++}`));
await connections("connections over a Unix socket", `unix:${folder}/listener`);
await twice("TCP listeners", () => listen("tcp://127.0.0.1:0"));
await connections("connections over TCP", "tcp://127.0.0.1:0");
await twice("datagram sockets", () => datagram("udp://127.0.0.1:0"));
await twice("connection pairs", () => both(...connectionPair()));
await twice("shared memories", () => SharedMemory.create({ size: 4096 }));

let told = "";
const text = await accepting(async (listener) => {
  try {
    await using _ = await listener.accept(LIMITS);
  } catch (error) {
    const { name, code } = error as Error & SystemErrorFields;
    told = `${name} ${code}`;
  }
});
console.log(`accept: ${told}, and with room again: ${text}`);

const looped = Promise.withResolvers<string | undefined>();
await using listener = await listen(`unix:${folder}/loop`);
await using client = await connect(listener.address, LIMITS);
await client.write("hello\n");
{
  using taken = new DisposableStack();
  try {
    for (;;) taken.use(Deno.openSync("/dev/null"));
  } catch {
    // No descriptor is left.
  }
  void (async () => {
    for await (const server of listener) {
      using _ = server;
      looped.resolve((await server.lines(LIMITS).next()).value);
    }
  })().catch(looped.reject);
  await new Promise((resolve) => setTimeout(resolve)); // It has tried, and failed.
}
console.log(`for await: ${await looped.promise}`);
listener.close();
