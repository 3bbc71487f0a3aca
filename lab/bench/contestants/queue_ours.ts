// This library's queue. COUNT values of each producer. Variant: PRODUCERS (and as many consumers) CODEC.
import { Queue } from "../../../mod.ts";
import { IS_CHILD } from "./children.ts";
import { join, lead, SHARED } from "./crowd_ours.ts";
import { SIZE, VARIANT } from "./message_side.ts";

const producers = Number(VARIANT[0]);
const codec = VARIANT[1] === "structured" ? "structured" : "bytes";

if (IS_CHILD) {
  using queue = Queue.inherited<Uint8Array>(SHARED);
  const value = new Uint8Array(SIZE);
  join((times, index) => {
    if (index < producers) {
      for (let i = 0; i < times; i++) queue.putSync(value);
    } else {
      for (let i = 0; i < times; i++) queue.getSync();
    }
  });
} else {
  using queue = Queue.create({ codec });
  lead(2 * producers, queue);
}
