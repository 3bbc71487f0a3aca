/** A worker that is posted a task of turns.ts, and tells how many turns it had. */

import { takeTurns, type Task } from "./turns.ts";

const main = self as unknown as Worker; // The other side's two members.
main.onmessage = async ({ data }: MessageEvent<Task>) => main.postMessage(await takeTurns(data));
