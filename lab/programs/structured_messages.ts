/**
 * Structured messages between a parent and its child, one pipe each way. The codec: a value as node:v8
 * serializes it (a Map, Date, bigint or typed array arrives as what it was, unlike in JSON), behind its
 * length in 4 bytes, because a pipe carries bytes and does not know where a message ends.
 *
 *     deno run -A lab/programs/structured_messages.ts
 *
 * One sees three questions of the parent and the child's answer to each, as the parent received it.
 *
 * Needs: --allow-ffi --allow-run --allow-env
 *
 * @module
 */
import { deserialize, serialize } from "node:v8";
import {
  inheritedReader,
  inheritedWriter,
  pipe,
  type PipeReader,
  type PipeWriter,
  spawn,
} from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

interface Question {
  id: bigint;
  samples: Float64Array;
}

interface Answer {
  id: bigint;
  stats: Map<string, number>;
  at: Date;
}

async function parent(signal: AbortSignal): Promise<void> {
  const questions = pipe();
  const answers = pipe();
  await using child = spawn(Deno.execPath(), {
    args: ["run", "--allow-ffi", import.meta.url, "child"],
    fds: { 3: questions.reader, 4: answers.writer },
    noOrphans: true,
  });
  const received = receive(answers.reader, signal);
  for (const [i, samples] of [[3, 4, 8], [0.5], [-1, 1]].entries()) {
    const question: Question = { id: BigInt(i + 1), samples: Float64Array.from(samples) };
    console.log(`Parent ${Deno.pid} asks ${show(question)}`);
    await send(questions.writer, question, signal);
    const { value: answer } = await received.next();
    console.log(`Parent ${Deno.pid} gets ${show(answer)}`);
  }
  questions.writer.close(); // The child sees the end of its questions, and ends.
  answers.reader.close();
  const { code } = await child.status;
  console.log(`Parent ${Deno.pid} saw the child end with code ${code}`);
}

async function child(): Promise<void> {
  using questions = inheritedReader(3);
  using answers = inheritedWriter(4);
  for await (const message of receive(questions)) {
    const { id, samples } = message as Question;
    const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    const stats = new Map([["mean", mean], ["max", Math.max(...samples)]]);
    await send(answers, { id, stats, at: new Date() } satisfies Answer);
  }
}

async function send(writer: PipeWriter, message: unknown, signal?: AbortSignal): Promise<void> {
  const body = serialize(message);
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  await writer.write(frame, { signal });
}

/** Yields each message, until the other side closes the pipe. */
async function* receive(reader: PipeReader, signal?: AbortSignal): AsyncGenerator<unknown, void> {
  const limit = 1024 * 1024; // Bytes. A length is the other side's word: it must not make us allocate 4 GiB.
  const head = new Uint8Array(4);
  while (await fill(head, reader, signal)) {
    const length = new DataView(head.buffer).getUint32(0);
    if (length > limit) {
      throw new RangeError(`Cannot receive ${length} bytes: a message has at most ${limit}`);
    }
    const body = new Uint8Array(length);
    if (!await fill(body, reader, signal)) {
      throw new Deno.errors.UnexpectedEof("The pipe ended inside a message");
    }
    yield deserialize(body);
  }
}

/** Reads until `bytes` is full; false if the pipe ended before the first of them. */
async function fill(bytes: Uint8Array, reader: PipeReader, signal?: AbortSignal): Promise<boolean> {
  for (let filled = 0; filled < bytes.length;) {
    const n = await reader.read(bytes.subarray(filled), { signal });
    if (n === null && filled > 0) throw new Deno.errors.UnexpectedEof("The pipe ended inside a message");
    if (n === null) return false;
    filled += n;
  }
  return true;
}

function show(message: unknown): string {
  return Deno.inspect(message, { breakLength: Infinity });
}

if (import.meta.main) {
  if (Deno.args[0] === "child") await child();
  else await interruptible(parent);
}
