/** A worker that is posted a lock, holds it, and gives it back when it is posted anything more. */

import { type Acquirable, Lock, RLock, type SharedToken } from "../../mod.ts";

let lock: Acquirable & Disposable | undefined;

const main = self as unknown as Worker; // The other side's two members.
main.onmessage = ({ data }: MessageEvent<[kind: string, token: SharedToken]>) => {
  if (lock !== undefined) {
    lock.release();
    lock[Symbol.dispose]();
    self.close();
    return;
  }
  lock = data[0] === "Lock" ? Lock.from(data[1]) : RLock.from(data[1]);
  main.postMessage("opened");
  lock.acquireSync();
  main.postMessage("held");
};
