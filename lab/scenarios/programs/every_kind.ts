/**
 * Tries each kind of communication once, within this container, with its files in a folder that it makes: `FOLDER`. It
 * says of each whether it works.
 *
 * @module
 */
import {
  connect,
  Connection,
  DuplexFifo,
  listen,
  Listener,
  pipe,
  sendSignal,
  SharedMemory,
  type SocketAddress,
  spawn,
  untilSignal,
} from "../../../mod.ts";

const LIMITS = { timeout: 15_000 };
const [folder = ""] = Deno.args;
const SAID = "said and heard";

/** Hears on one side what is said on the other. */
async function heard(
  from: { write(text: string): Promise<void> },
  to: { lines(options: typeof LIMITS): AsyncIterableIterator<string> },
): Promise<void> {
  await from.write(`${SAID}\n`);
  const { value } = await to.lines(LIMITS).next();
  if (value !== SAID) throw new Error(`Heard ${Deno.inspect(value)}`);
}

async function overSocket(address: SocketAddress): Promise<void> {
  await using listener = await listen(address);
  await using client = await connect(listener.address, LIMITS);
  await using server = await listener.accept(LIMITS);
  await heard(client, server);
}

const KINDS: Record<string, () => Promise<void>> = {
  "a file beside the program": async () => {
    const file = new URL("written", import.meta.url);
    await Deno.writeTextFile(file, SAID);
    await Deno.remove(file);
  },
  "pipe": async () => {
    const { reader, writer } = pipe();
    using _ = reader;
    using __ = writer;
    await heard(writer, reader);
  },
  "fifo": async () => {
    const listening = DuplexFifo.listen(`${folder}/fifo`, LIMITS);
    await using client = await DuplexFifo.connect(`${folder}/fifo`, LIMITS);
    await using server = await listening;
    await heard(client, server);
  },
  "Unix socket": () => overSocket(`unix:${folder}/socket`),
  "TCP socket": () => overSocket("tcp://127.0.0.1:0"),
  "messages": async () => {
    const options = { authKey: "secret", ...LIMITS };
    await using listener = new Listener(`unix:${folder}/listener`, options);
    await using client = await Connection.connect(await listener.ready, options);
    await using server = await listener.accept(LIMITS);
    await client.send({ said: SAID });
    const { said } = await server.recv(LIMITS);
    if (said !== SAID) throw new Error(`Heard ${Deno.inspect(said)}`);
  },
  "signals": async () => {
    const came = untilSignal("SIGUSR1", LIMITS);
    sendSignal(Deno.pid, "SIGUSR1");
    await came;
  },
  "shared memory": async () => {
    using memory = SharedMemory.create({ name: `every-kind-${crypto.randomUUID()}`, size: 65536 });
    using same = SharedMemory.open(memory.name!);
    new Uint8Array(memory.buffer)[1] = 7;
    if (new Uint8Array(same.buffer)[1] !== 7) throw new Error("It is not the same memory");
    memory.unlink();
    await Promise.resolve();
  },
  "child": async () => {
    const { reader, writer } = pipe();
    using _ = reader;
    const program = `Deno.writeTextFileSync("/dev/fd/3", "${SAID}\\n")`;
    await using child = spawn(Deno.execPath(), { args: ["eval", program], fds: { 3: writer } });
    const { value } = await reader.lines(LIMITS).next();
    const { code } = await child.status;
    if (value !== SAID || code !== 0) {
      throw new Error(`Heard ${Deno.inspect(value)}, and it ended with ${code}`);
    }
  },
};

Deno.mkdirSync(folder);
for (const [name, works] of Object.entries(KINDS)) {
  try {
    await works();
    console.log(`${name}: works`);
  } catch (error) {
    if (name !== "a file beside the program") throw error;
    console.log(`${name}: ${(error as Error & { code?: string }).code}`);
  }
}
