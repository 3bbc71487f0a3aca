/**
 * The Docker engine's API, and the labels that say what is ours.
 *
 * @module
 */
// @ts-types="npm:@types/dockerode@4"
import Docker from "npm:dockerode@5";

export { Docker };

/** On everything that the lab makes in an engine, images included. */
export const LAB_LABEL = "ipc.lab";
/** On all but images: the run that it belongs to. */
export const RUN_LABEL = "ipc.lab.run";
/** On all but images: the scenario that it belongs to. */
export const SCENARIO_LABEL = "ipc.lab.scenario";

/** The status of an answer that the engine refused with; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode;
}

/** Waits for `request`, where an answer with one of these statuses is as good: what was asked for is so already. */
export async function unless(statuses: readonly number[], request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}

/** The engine's own words in an error, without the client's prefix. */
export function reasonOf(error: unknown): string {
  const { message, json } = error as Error & { json?: { message?: string } };
  return json?.message ?? message ?? `${error}`;
}

/** Reads an engine's answer that comes as a stream of JSON values (build, import, pull) to its end. */
export function followed(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onProgress?: (progress: Progress) => void,
): Promise<Progress[]> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null, output: Progress[]) => error ? reject(error) : resolve(output),
      onProgress,
    );
  });
}

/** One value of such a stream. */
export interface Progress {
  /** A build's output. */
  stream?: string;
  /** What a pull is doing. */
  status?: string;
  /** Why it failed. */
  error?: string;
}
