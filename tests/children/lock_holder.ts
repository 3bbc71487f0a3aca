/** A worker that is posted a lock, holds it, and gives it back when it is posted anything more. */

import { type Acquirable, Lock, RLock, type SharedToken } from "../../mod.ts";

let lock: Acquirable & Disposable | undefined;

self.onmessage = ({ data }: MessageEvent<[kind: string, token: SharedToken]>) => {
  if (lock !== undefined) {
    lock.release();
    lock[Symbol.dispose]();
    self.close();
    return;
  }
  lock = data[0] === "Lock" ? Lock.from(data[1]) : RLock.from(data[1]);
  self.postMessage("opened");
  lock.acquireSync();
  self.postMessage("held");
};
