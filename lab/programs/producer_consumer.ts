/**
 * Producer and consumer as two workers of one process. The main thread makes a pipe, hands one end to
 * each worker and waits. The producer could be much faster than the consumer, but a full pipe holds it
 * up: this one holds 4 KiB, four items.
 *
 *     deno run -A lab/programs/producer_consumer.ts [COUNT]
 *
 * One sees each of COUNT items (12 unless told) made and taken in order: the first few are made at once,
 * the others only as earlier ones are taken. Then how many there were on either side.
 *
 * Needs: --allow-ffi --allow-read
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { pipe, PipeReader, PipeWriter, type TransferredPipe } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

async function main(count: number, signal: AbortSignal): Promise<void> {
  const { reader, writer } = pipe({ capacity: 4096 });
  using consumer = new PipeWorker("consumer", reader.transfer(), count);
  using producer = new PipeWorker("producer", writer.transfer(), count);
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const [made, taken] = await Promise.race([Promise.all([producer.result, consumer.result]), interrupted]);
  console.log(`Main: ${made} items made, ${taken} taken`);
}

/** A worker that runs this module too; `work()` below is its side. */
class PipeWorker implements Disposable {
  readonly result: Promise<number>;
  #worker: Worker;

  constructor(role: "producer" | "consumer", end: TransferredPipe, count: number) {
    this.#worker = new Worker(import.meta.url, { type: "module", name: role });
    this.result = new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = ({ message }) => reject(new Error(`The ${role} failed: ${message}`));
    });
    this.#worker.postMessage({ end, count });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

function work(role: string): void {
  const main = self as unknown as Worker; // The other side of `PipeWorker`: the same two members.
  main.onmessage = async ({ data: { end, count } }) => {
    main.postMessage(
      await (role === "producer" ? produce(PipeWriter.from(end), count) : consume(PipeReader.from(end))),
    );
  };
}

async function produce(writer: PipeWriter, count: number): Promise<number> {
  using _writer = writer; // Closed at the end: that is how the consumer learns that no more will come.
  for (let i = 1; i <= count; i++) {
    await writer.write(`item ${i}`.padEnd(1023) + "\n");
    console.log(`Producer made item ${i}`);
  }
  return count;
}

async function consume(reader: PipeReader): Promise<number> {
  using _reader = reader;
  let taken = 0;
  for await (const line of reader.lines()) {
    await delay(8);
    console.log(`Consumer took ${line.trimEnd()}`);
    taken++;
  }
  return taken;
}

if (self.name !== "") work(self.name);
else if (import.meta.main) await interruptible((signal) => main(Number(Deno.args[0] ?? 12), signal));
