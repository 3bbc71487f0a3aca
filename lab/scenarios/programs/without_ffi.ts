/**
 * What works without --allow-ffi, and what is told of the rest: `serve FOLDER` answers over TCP, a Unix socket and in
 * messages until SIGTERM; `converse HOST FOLDER`, to be run without the permission, tries all.
 *
 * @module
 */
import {
  abortOnSignal,
  connect,
  Connection,
  connectionPair,
  DuplexFifo,
  listen,
  Listener,
  Lock,
  mkfifo,
  openFifoReader,
  peerCredentials,
  pipe,
  sendDescriptors,
  sendSignal,
  SharedMemory,
  type SocketListener,
  type SocketStream,
  support,
  untilSignal,
} from "../../../mod.ts";
import { message } from "./parts/message.ts";

const LIMITS = { timeout: 15_000 };
const KEYED = { codec: "text", authKey: "lab" } as const;

async function serve(folder: string): Promise<void> {
  using stop = abortOnSignal("SIGTERM");
  const streams = [await listen("tcp://0.0.0.0:5000"), await listen(`unix:${folder}/socket`)];
  const messages = new Listener(`unix:${folder}/messages`, KEYED);
  await messages.ready;
  stop.addEventListener("abort", () => [...streams, messages].forEach((listener) => listener.close()));
  console.log("serves");
  const answer = async (listener: SocketListener) => {
    for await (const client of listener) {
      for await (const line of client.lines(LIMITS)) await client.write(`echo of ${line}\n`);
      client.close();
    }
  };
  const answerMessages = async () => {
    for await (const client of messages) {
      for await (const text of client) await client.send(`echo of ${text}`);
      client.close();
    }
  };
  await Promise.all([...streams.map(answer), answerMessages()]);
}

async function said(server: SocketStream): Promise<string | undefined> {
  await server.write("hello\n");
  return (await server.lines(LIMITS).next()).value;
}

async function converse(host: string, folder: string): Promise<void> {
  message(host, "hello, over TCP");
  {
    await using server = await connect(`tcp://${host}:5000`, LIMITS);
    console.log(`over TCP: ${await said(server)}`);
  }
  {
    await using server = await Connection.connect(`unix:${folder}/messages`, { ...KEYED, ...LIMITS });
    await server.send("hello");
    console.log(`in messages: ${await server.recv(LIMITS)}`);
  }
  await using server = await connect(`unix:${folder}/socket`, LIMITS);
  console.log(`over a Unix socket: ${await said(server)}`);
  const came = untilSignal("SIGUSR1", LIMITS);
  sendSignal(Deno.pid, "SIGUSR1");
  console.log(`signal: ${await came}`);

  const path = `${folder}/none`;
  const refused: Record<string, () => unknown> = {
    pipe: () => pipe(),
    mkfifo: () => mkfifo(path),
    openFifoReader: () => openFifoReader(path),
    DuplexFifo: () => DuplexFifo.listen(path),
    connectionPair: () => connectionPair(),
    SharedMemory: () => SharedMemory.create({ size: 4096 }),
    Lock: () => Lock.create(),
    sendDescriptors: () => sendDescriptors(server, new Uint8Array(1), []),
    peerCredentials: () => peerCredentials(server),
  };
  for (const [name, call] of Object.entries(refused)) {
    try {
      await call();
      console.log(`${name}: works`);
    } catch (error) {
      console.log(`${name}: ${error}`);
    }
  }
  const { network, unixSockets, signals, sendSignal: send, pipes, fifos, sharedMemory } = support();
  const all = (kinds: { supported: boolean }[]) =>
    [...new Set(kinds.map(({ supported }) => supported))].join();
  console.log(
    `support: ${all([network, unixSockets, signals, send])} for network, unixSockets, signals, sendSignal; `
      + `${all([pipes, fifos, sharedMemory])} for pipes, fifos, sharedMemory`,
  );
}

const [role, ...args] = Deno.args;
await (role === "serve" ? serve(args[0]!) : converse(args[0]!, args[1]!));
