/** Takes so many permits of a semaphore, and keeps them: `holds_permits.ts KIND TOKEN COUNT`. */

import { BoundedSemaphore, Semaphore } from "../../mod.ts";

const [kind, token, count] = Deno.args as [string, string, string];
const shared = JSON.parse(token);
const semaphore = kind === "Semaphore" ? Semaphore.from(shared) : BoundedSemaphore.from(shared);
for (let i = 0; i < Number(count); i++) semaphore.acquireSync();
console.log("held");
await new Promise((resolve) => setTimeout(resolve, 600_000));
