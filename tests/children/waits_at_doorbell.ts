/** Waits until word 0 is 1, and leaves its doorbell open: `waits_at_doorbell.ts PATH [without descriptors]`. */

import { fcntl } from "../../lib/ffi/fcntl.ts";
import { Doorbell } from "../../lib/primitives/inotify.ts";
import { SharedWords } from "../support/shared_words.ts";

const [path, without] = Deno.args;
const memory = new SharedWords(path);
const doorbell = new Doorbell(memory.descriptor, 60);
const taken: number[] = [];
if (without !== undefined) {
  // As many as there are: F_DUPFD is command 0.
  for (let fd = fcntl(0, 0, 3); fd >= 0; fd = fcntl(0, 0, 3)) taken.push(fd);
}
const found = doorbell.wait(
  () => memory.words[0] === 1 ? true : undefined,
  {},
  () => new Deno.errors.TimedOut(),
);
console.log("waiting");
await found;
console.log("found");
