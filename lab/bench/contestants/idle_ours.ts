// A process that waits for what does not come until the harness lets it go. Variant: which call it waits in.
import { Channel, Lock, Queue, SharedEvent, type SharedObject, spawn } from "../../../mod.ts";
import { childOptions, IS_CHILD } from "./children.ts";
import { VARIANT } from "./message_side.ts";
import { done, readySync } from "./stdio.ts";

const [SHARED, WAITING] = [3, 4];
/** Milliseconds until a waiter has given up looking and sleeps, and the runtime's threads have nothing left to do. */
const SETTLED = 700;
const patience = { timeout: 10_000 };

/** What is waited for, by whom, and what the other side does to end the wait. */
function waitsFor<T extends SharedObject>(
  open: { create(): T; inherited(fd: number): T },
  wait: (shared: T) => unknown,
  prepare: (shared: T) => () => unknown,
): { wait: () => Promise<void>; begin: () => Promise<void> } {
  return {
    async wait() {
      using shared = open.inherited(SHARED);
      using waiting = SharedEvent.inherited(WAITING);
      waiting.set();
      await wait(shared);
    },
    async begin() {
      using shared = open.create();
      const end = prepare(shared);
      using waiting = SharedEvent.create();
      const child = spawn(Deno.execPath(), childOptions({ [SHARED]: shared, [WAITING]: waiting }));
      waiting.waitSync(patience);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLED);
      readySync({ pid: child.pid });
      end();
      const { success } = await child.status; // It was waiting for just this.
      if (!success) throw new Error("The waiting process failed");
      done();
    },
  };
}

const message = new Uint8Array(64);
const put = (queue: Queue<Uint8Array>) => () => queue.putSync(message);
const send = (channel: Channel) => () => channel.sendSync(message);
const hold = (lock: Lock) => {
  lock.acquireSync();
  return () => lock.release();
};
const bytes = {
  create: () => Queue.create({ codec: "bytes" }),
  inherited: (fd: number) => Queue.inherited<Uint8Array>(fd),
};

const waits: Record<string, ReturnType<typeof waitsFor>> = {
  "recv": waitsFor(Channel, (channel) => channel.recv(), send),
  "recvSync": waitsFor(Channel, (channel) => channel.recvSync(), send),
  "get": waitsFor(bytes, (queue) => queue.get(), put),
  "getSync": waitsFor(bytes, (queue) => queue.getSync(), put),
  "acquire": waitsFor(Lock, (lock) => lock.acquire(), hold),
  "acquireSync": waitsFor(Lock, (lock) => lock.acquireSync(), hold),
};

const { wait, begin } = waits[VARIANT[0] ?? ""]!;
await (IS_CHILD ? wait() : begin());
