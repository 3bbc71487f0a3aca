/** A worker that is posted a task of turns.ts, and tells how many turns it had. */

import { takeTurns, type Task } from "./turns.ts";

self.onmessage = async ({ data }: MessageEvent<Task>) => self.postMessage(await takeTurns(data));
