/** A thread of this process that does one job of tests/children/pipe_worker.ts. */

import type { TransferredPipe } from "../../mod.ts";
import type { JobOptions, Jobs } from "../children/pipe_worker.ts";

/** What a job returns. */
export type JobResult<J extends keyof Jobs> = Awaited<ReturnType<Jobs[J]>>;

/** Runs a job in a worker of its own: `await inWorker("readSync", reader.transfer())`. */
export async function inWorker<J extends keyof Jobs>(
  job: J,
  end: TransferredPipe,
  options: JobOptions = {},
): Promise<JobResult<J>> {
  const url = new URL("../children/pipe_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "pipe worker" });
  try {
    return await new Promise<JobResult<J>>((resolve, reject) => {
      worker.onmessage = ({ data }) => "error" in data ? reject(data.error) : resolve(data.result);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`The worker failed: ${event.message}`));
      };
      worker.postMessage({ job, end, options });
    });
  } finally {
    worker.terminate();
  }
}
