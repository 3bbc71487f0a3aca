/**
 * One scenario as a test with sanitizers: `deno test lab/docker/run_one.ts -- '{"scenario": …}'`, started by the
 * lab once for each scenario, so that several can run at a time. It tells what happens on descriptor 3.
 *
 * @module
 */
import http from "node:http";
import { inheritedWriter } from "../../mod.ts";
import { Docker } from "./docker.ts";
import type { LabEvent } from "./events.ts";
import { Lab } from "./lab.ts";
import { loadScenario } from "./scenario.ts";
import { SkipError } from "./skip_error.ts";

const LIMIT_MS = 60_000;

/** What the lab passes on. */
export interface RunOneArguments {
  /** The scenario's name. */
  scenario: string;
  /** The run's id. */
  run: string;
  /** The run's folder on this machine. */
  folder: string;
  /** The lab's image. */
  image: string;
  /** The image with Python, or why there is none. */
  python: { image: string } | { reason: string };
  /** Leave containers, networks and volumes. */
  keep: boolean;
}

const { scenario: name, run, folder, image, python, keep } = JSON.parse(Deno.args[0]!) as RunOneArguments;
const scenario = await loadScenario(name);
const events = inheritedWriter(3);
const tell = (event: LabEvent) => events.writeSync(`${JSON.stringify(event)}\n`);
http.globalAgent = new http.Agent({ keepAlive: false }); // No connection to the engine outlives its request.

Deno.test(name, { sanitizeOps: true, sanitizeResources: true, sanitizeExit: true }, async () => {
  const lab = new Lab({ docker: new Docker(), run, folder, scenario: name, image, python, tell });
  const limit = scenario.limit ?? LIMIT_MS;
  const { promise: hung, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Not over within ${limit} ms`)), limit);
  try {
    await Promise.race([scenario.run(lab), hung]);
    tell({ kind: "passed", at: Date.now() });
  } catch (error) {
    if (error instanceof SkipError) {
      tell({ kind: "skipped", at: Date.now(), reason: error.message });
      return;
    }
    const problem = error instanceof Error ? error.stack ?? error.message : `${error}`;
    tell({ kind: "failed", at: Date.now(), problem });
    throw error;
  } finally {
    clearTimeout(timer);
    if (!keep) await lab[Symbol.asyncDispose]();
  }
});
