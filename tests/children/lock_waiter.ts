/** Waits for a lock, and gives it back: `lock_waiter.ts KIND TOKEN [async]`. */

import { Lock, RLock } from "../../mod.ts";

const [kind, token, form = "sync"] = Deno.args as [string, string, string?];
using lock = kind === "Lock" ? Lock.from(JSON.parse(token)) : RLock.from(JSON.parse(token));
console.log("waiting");
const guard = form === "sync" ? lock.acquireSync() : await lock.acquire();
guard.release();
