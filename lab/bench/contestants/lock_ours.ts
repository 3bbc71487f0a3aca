// This library's lock, acquired and released COUNT times by each process. Variant: PROCESSES.
import { Lock } from "../../../mod.ts";
import { IS_CHILD } from "./children.ts";
import { join, lead, SHARED } from "./crowd_ours.ts";
import { VARIANT } from "./message_side.ts";

if (IS_CHILD) {
  using lock = Lock.inherited(SHARED);
  join((times) => {
    for (let i = 0; i < times; i++) {
      lock.acquireSync();
      lock.release();
    }
  });
} else {
  using lock = Lock.create();
  lead(Number(VARIANT[0]), lock);
}
