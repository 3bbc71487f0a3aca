/**
 * Receives numbered records from transfer_sender.ts over one of the transports `fifo`, `socket`, `message`, `tcp`,
 * `tcp-message` and `channel`, and stores which it had before it acknowledges them: `TRANSPORT PATH`. It goes on after
 * its last one when a sender comes back, or when it is started again itself. It says:
 * - `has N records` at its start, and `sender came, is to go on with N`;
 * - `sender is late after N` for each time-out;
 * - `sender gone after N` when the line has ended, whatever ended it, and `(half a record was dropped)`;
 * - `stopped with N records, each once, in order` at SIGTERM.
 *
 * Needs: --allow-ffi --allow-read --allow-write --allow-net
 *
 * @module
 */
import { abortOnSignal } from "../../../mod.ts";
import { message } from "./parts/message.ts";
import { BEGIN, END, LATE_MS, type Line, openGate, recordOf, tellsOfEnd } from "./parts/transfer.ts";

const ENTRY = 8;

const [transport = "", path = ""] = Deno.args;
using stop = abortOnSignal("SIGTERM");
using store = await Deno.open(`${path}.store`, { read: true, write: true, append: true, create: true });
let next = storedRecords();
console.log(`has ${next} records`);

/** How many records were stored: their numbers must be 0, 1, 2 ... */
function storedRecords(): number {
  const bytes = Deno.readFileSync(`${path}.store`);
  const numbers = new BigUint64Array(bytes.buffer);
  const wrong = numbers.findIndex((number, i) => number !== BigInt(i));
  if (wrong >= 0) throw new Error(`Place ${wrong} has record ${numbers[wrong]}`);
  return numbers.length;
}

/** Resolves at the line's end, or when this program is to stop. */
async function receive(line: Line): Promise<void> {
  await line.send(`next ${next}`);
  message("sender", `go on with ${next}`);
  if (!await begins(line)) return;
  for (;;) {
    const text = await onTime(line);
    if (text === null) return;
    if (text === END) return await line.send(`${END} ${next}`);
    const record = recordOf(next);
    if (text !== record) {
      if (!record.startsWith(text) || await line.recv({ timeout: LATE_MS }) !== null) {
        throw new Error(`Record ${next} is wrong: ${text.slice(0, 60)} ...`);
      }
      console.log("(half a record was dropped)");
      return;
    }
    if (store.writeSync(new Uint8Array(BigUint64Array.of(BigInt(next)).buffer)) !== ENTRY) {
      throw new Error("The store is full");
    }
    next++;
    await line.send(`ack ${next}`);
  }
}

/** Whether the sender begins with what it was told to; the line may end before. */
async function begins(line: Line): Promise<boolean> {
  for (;;) {
    const text = await onTime(line);
    const wanted = `${BEGIN} ${next}`;
    if (text === wanted) return true;
    if (text === null || wanted.startsWith(text)) return false;
    // A fifo may still hold what was sent to the receiver before this one, and half a record last.
    if (transport !== "fifo") throw new Error(`Instead of a beginning came ${text.slice(0, 60)}`);
    if (text.endsWith(wanted)) return true;
  }
}

async function onTime(line: Line): Promise<string | null> {
  for (;;) {
    try {
      return await line.recv({ timeout: LATE_MS, signal: stop });
    } catch (error) {
      if (!(error instanceof Deno.errors.TimedOut)) throw error;
      console.log(`sender is late after ${next}`);
    }
  }
}

using gate = await openGate(transport, path);
while (!stop.aborted) {
  try {
    using line = await gate.accept({ signal: stop });
    console.log(`sender came, is to go on with ${next}`);
    await receive(line);
  } catch (error) {
    if (!stop.aborted && !tellsOfEnd(error)) throw error;
  }
  if (!stop.aborted) console.log(`sender gone after ${next}`);
}
if (storedRecords() !== next) throw new Error(`Stored ${storedRecords()} records, and acknowledged ${next}`);
console.log(`stopped with ${next} records, each once, in order`);
