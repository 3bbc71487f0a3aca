// A reader of this library's channel to whom nobody says anything for COUNT milliseconds. Variant: "sync" or "async".
import { DuplexChannel, spawn } from "../../../mod.ts";
import { childOptions, IS_CHILD } from "./children.ts";
import { COUNT, VARIANT } from "./message_side.ts";
import { done, readySync } from "./stdio.ts";

/** Milliseconds until a reader has given up looking and sleeps, and the runtime's threads have nothing left to do. */
const SETTLED = 500;
const channel = IS_CHILD ? DuplexChannel.inherited(3) : DuplexChannel.create();
const message = new Uint8Array(64);

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

if (IS_CHILD) {
  for (let i = 0; i < 2; i++) {
    if (VARIANT[0] === "async") await channel.recv();
    else channel.recvSync();
    channel.sendSync(message);
  }
} else {
  const child = spawn(Deno.execPath(), childOptions({ 3: channel }));
  channel.sendSync(message);
  channel.recvSync();
  sleep(SETTLED);
  readySync({ pid: child.pid });
  sleep(COUNT);
  done(); // Blocks until the CPU times were read.
  channel.sendSync(message); // It was there all the time.
  channel.recvSync({ timeout: 5_000 });
}
channel.close();
