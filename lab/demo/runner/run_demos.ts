import type { Demo } from "./demo.ts";
import { Stage } from "./stage.ts";
import type { Transcript } from "./transcript.ts";

const DEADLINE_MS = 15_000;

/** Plays the demos one after the other; resolves to the names of those that failed. */
export async function runDemos(
  demos: readonly Demo[],
  { transcript, signal }: { transcript: Transcript; signal: AbortSignal },
): Promise<string[]> {
  const begun = performance.now();
  const failed: string[] = [];
  for (const [i, demo] of demos.entries()) {
    signal.throwIfAborted();
    transcript.begin(`[${i + 1}/${demos.length}]`, `${demo.name}: ${demo.title}`, demo.shows, demo.cast);
    const demoBegun = performance.now();
    const problem = await run(demo, transcript, signal);
    const seconds = (performance.now() - demoBegun) / 1000;
    if (problem === undefined) {
      transcript.passed(demo.name, seconds);
    } else {
      transcript.failed(demo.name, seconds, problem);
      failed.push(demo.name);
    }
  }
  transcript.summary(demos.length - failed.length, failed, (performance.now() - begun) / 1000);
  return failed;
}

/** Resolves to what is wrong, if anything is; rejects only when `signal` is aborted. */
async function run(demo: Demo, transcript: Transcript, signal: AbortSignal): Promise<string | undefined> {
  const deadline = demo.deadline ?? DEADLINE_MS;
  const stage = new Stage(demo, transcript);
  const cut = Promise.withResolvers<"hung">();
  const timer = setTimeout(() => cut.resolve("hung"), deadline);
  const interrupt = () => cut.reject(signal.reason);
  signal.addEventListener("abort", interrupt, { once: true });
  let problem: string | undefined;
  try {
    const end = await Promise.race([demo.play(stage), cut.promise]);
    if (end === "hung") problem = `Not over within ${deadline} ms\n${stage.describeTrouble()}`;
    else stage.checkEmpty();
  } catch (error) {
    signal.throwIfAborted();
    problem = error instanceof Error ? error.message : `${error}`;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", interrupt);
    await stage.strike(problem !== undefined);
  }
  return problem;
}
