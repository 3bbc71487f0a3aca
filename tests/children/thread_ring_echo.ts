/** Sends back what comes over a ring that two threads share, twice. */
import { ThreadRing } from "../../lib/messaging/thread_ring.ts";

addEventListener("message", async (event) => {
  const ring = new ThreadRing((event as MessageEvent<SharedArrayBuffer>).data, 1, 2 ** 20);
  for (;;) {
    const message = ring.tryPeek() ?? await ring.peek({});
    if (message === null) break;
    const twice = new Uint8Array([...message, ...message]);
    ring.release();
    if (!ring.trySend(twice)) await ring.send(twice);
  }
  ring.close();
});
