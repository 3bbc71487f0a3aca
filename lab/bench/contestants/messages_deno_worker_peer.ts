// The other thread of messages_deno_worker.ts.
import { COUNT, ROLE, WARMUP } from "./message_side.ts";

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<Uint8Array>) => void;
  postMessage(message: Uint8Array): void;
};

let got = 0;
thread.onmessage = ({ data }) => {
  got++;
  if (ROLE === "ping" || got === WARMUP || got === WARMUP + COUNT) thread.postMessage(data);
};
