/** Has shared memory open until it is killed: `holds_memory.ts PATH`. */

import { SharedWords } from "../support/shared_words.ts";

const memory = new SharedWords(Deno.args[0]);
console.log("open", memory.words.length);
setInterval(() => {}, 1000);
