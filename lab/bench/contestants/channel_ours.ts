// This library's channel both ways, with a child. Variant: SPIN CAPACITY, then "copied", "copied-out",
// "in-place" or "async". In place a message is filled where it is in the ring, and its halves are compared there; copied out
// it is copied from there once.
import { Buffer } from "node:buffer";
import { DuplexChannel, spawn } from "../../../mod.ts";
import { childOptions, IS_CHILD } from "./children.ts";
import { COUNT, play, SIZE, VARIANT, WARMUP } from "./message_side.ts";
import { done, readySync } from "./stdio.ts";

const [spin = "", capacity, kind] = VARIANT;
const FILL = 7;
const HALF = SIZE / 2;
const message = new Uint8Array(SIZE);
const [inPlace, copiedOut] = [kind === "in-place", kind === "copied-out"];

const channel = IS_CHILD ? DuplexChannel.inherited(3) : DuplexChannel.create({ capacity: Number(capacity) });
if (spin !== "default") channel.spin = Number(spin);

function ping(times: number): void {
  for (let i = 0; i < times; i++) {
    channel.sendSync(message);
    channel.recvSync();
  }
}

function pong(times: number): void {
  for (let i = 0; i < times; i++) channel.sendSync(channel.recvSync()!);
}

async function pingAsync(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await channel.send(message);
    await channel.recv();
  }
}

async function pongAsync(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await channel.send((await channel.recv())!);
}

function send(times: number): void {
  for (let i = 0; i < times; i++) {
    if (inPlace || copiedOut) {
      const place = channel.reserveSync(SIZE).fill(FILL);
      place[0] = place[HALF] = i;
      channel.commit();
    } else {
      channel.sendSync(message);
    }
  }
  channel.recvSync();
}

function receive(times: number): void {
  for (let i = 0; i < times; i++) {
    if (inPlace) {
      const place = channel.peekSync()!;
      check(place, i, Buffer.compare(place.subarray(0, HALF), place.subarray(HALF)) === 0);
      channel.release();
    } else if (copiedOut) {
      message.set(channel.peekSync()!);
      channel.release();
      check(message, i, message[SIZE - 1] === FILL);
    } else if (channel.recvSync()!.length !== SIZE) {
      throw new Error("A message of another size");
    }
  }
  channel.sendSync(new Uint8Array(1));
}

function check(place: Uint8Array, i: number, same: boolean): void {
  if (place[0] !== (i & 255) || !same) throw new Error("Another message");
}

/** How many times: with blocking calls it returns nothing, and the event loop does not turn. */
type Act = (times: number) => void | Promise<void>;

async function both(ours: Act, theirs: Act): Promise<void> {
  if (IS_CHILD) {
    await theirs(WARMUP);
    await theirs(COUNT);
    channel.spin = 0;
    channel.recvSync(); // Until the parent has ended: its CPU time is read meanwhile.
    return;
  }
  const child = spawn(Deno.execPath(), childOptions({ 3: channel }));
  await ours(WARMUP);
  readySync({ pid: child.pid });
  const start = performance.now();
  await ours(COUNT);
  done({ seconds: (performance.now() - start) / 1000 });
}

await play({
  ping: () => kind === "async" ? both(pingAsync, pongAsync) : both(ping, pong),
  send: () => both(send, receive),
});
channel.close();
