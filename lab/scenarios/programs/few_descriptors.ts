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
  type SocketStream,
  type SystemErrorFields,
} from "../../../mod.ts";
import { closesAll } from "./parts/closes_all.ts";

const LIMITS = { timeout: 15_000 };
const folder = Deno.makeTempDirSync();
let made = 0;

/** Calls `open` until it fails; resolves to how often that was, and to the error. All is closed by then. */
async function opened(
  open: () => Disposable | Promise<Disposable>,
): Promise<{ count: number; told: string }> {
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

/** Does something while there is no descriptor left. */
async function withoutRoom(body: () => Promise<void>): Promise<void> {
  using taken = new DisposableStack();
  try {
    for (;;) taken.use(Deno.openSync("/dev/null"));
  } catch {
    // That was the last one.
  }
  await body();
}

/** What the first one says who connects. */
async function firstToSay(listener: SocketListener): Promise<string | undefined> {
  for await (const client of listener) {
    using _ = client;
    return (await client.lines(LIMITS).next()).value;
  }
  return undefined;
}

/** A listener, and a client that has said something, and is not accepted yet. */
async function visited(path: string): Promise<SocketListener> {
  const listener = await listen(`unix:${path}`);
  visitors.push(await connect(listener.address, LIMITS));
  await visitors.at(-1)!.write("hello\n");
  return listener;
}

const visitors: SocketStream[] = [];

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

await closesAll(async () => {
  await using listener = await visited(`${folder}/accept`);
  let told = "nothing";
  await withoutRoom(async () => {
    const { name, code } = await listener.accept(LIMITS).catch((error) => error) as Error & SystemErrorFields;
    told = `${name} ${code}`;
  });
  console.log(`accept: ${told}, and with room again: ${await firstToSay(listener)}`);
  for (const visitor of visitors.splice(0)) visitor.close();
});

await closesAll(async () => {
  await using listener = await visited(`${folder}/loop`);
  let serving: Promise<string | undefined> | undefined;
  await withoutRoom(async () => {
    serving = firstToSay(listener);
    await new Promise((resolve) => setTimeout(resolve)); // It tries, and fails, and tries later again.
  });
  console.log(`for await: ${await serving}`);
  for (const visitor of visitors.splice(0)) visitor.close();
});
