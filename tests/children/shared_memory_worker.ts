/** A worker that adds 1 to the first word of the memory that it is posted, so often, and closes it. */

import { SharedMemory, type SharedToken } from "../../mod.ts";

const main = self as unknown as Worker; // The other side's two members.
main.onmessage = ({ data }: MessageEvent<{ token: SharedToken; times: number }>) => {
  using memory = SharedMemory.from(data.token);
  const words = new Int32Array(memory.buffer);
  for (let count = 0; count < data.times; count++) Atomics.add(words, 0, 1);
  memory.close();
  main.postMessage(words.length);
};
