/** `<sched.h>`: sched_yield(2). */

import { libc } from "./library.ts";

const symbols = libc({ sched_yield: { parameters: [], result: "i32" } });

/** Lets another thread run on this core, if one can. */
export function schedYield(): void {
  symbols().sched_yield();
}
