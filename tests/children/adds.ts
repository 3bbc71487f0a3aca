/** Adds 1 to a shared int32: `adds.ts add|lock TIMES TOKEN`; or waits while element 2 is 0: `adds.ts wait 2 TOKEN`. */

import { SharedArray, SharedValue } from "../../mod.ts";

const [way, number, token] = Deno.args as [string, string, string];
const shared = JSON.parse(token);
if (way === "wait") {
  using array = SharedArray.from(shared).as("int32");
  console.log("waiting");
  console.log(array.waitSync(Number(number), 0));
} else {
  using value = SharedValue.from(shared).as("int32");
  for (let i = 0; i < Number(number); i++) {
    if (way === "add") value.add(1);
    else {
      const guard = value.lock.acquireSync();
      value.value++;
      guard.release();
    }
  }
}
