/** A worker that tries to take the lock of the path that it is posted, and posts whether it has it; then it releases it. */

import { FileLock } from "../../mod.ts";

const main = self as unknown as Worker; // The other side's two members.
main.onmessage = ({ data: path }: MessageEvent<string>) => {
  using guard = new FileLock(path).tryAcquire();
  main.postMessage(guard !== undefined);
};
