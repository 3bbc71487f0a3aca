import { Daemon } from "./daemon.ts";
import { Docker, reasonOf } from "./docker.ts";
import { installDocker } from "./install.ts";
import { LabError } from "./lab_error.ts";
import type { Say } from "./say.ts";

/** How long an engine may take to answer. */
const ANSWERS_WITHIN_MS = 10_000;

/** An engine that answered. */
export interface Engine {
  /** Its API. */
  docker: Docker;
  /** Its version. */
  version: string;
  /** Its process when the lab started it, this run or one that did not come to stop it. */
  daemon: Daemon | undefined;
}

/**
 * The engine that DOCKER_HOST names, or this machine's. Where there is none and the user is root on Debian,
 * one is installed and started, `record` being where its process is written down.
 *
 * @throws {LabError} There is none; says what to install, or what is wrong with the one that is there
 */
export async function findEngine(
  record: string,
  { say, signal }: { say: Say; signal: AbortSignal },
): Promise<Engine> {
  const docker = new Docker();
  const answer = await versionOf(docker);
  if ("version" in answer) return { docker, version: answer.version, daemon: await Daemon.recorded(record) };
  if (!answer.none) throw new LabError(`Cannot use the Docker engine: ${answer.reason}`);
  if (Deno.env.has("DOCKER_HOST")) {
    throw new LabError(
      `No Docker engine answers at DOCKER_HOST=${Deno.env.get("DOCKER_HOST")}: ${answer.reason}`,
    );
  }
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    throw new LabError(
      "No Docker engine answers: install Docker (Debian: apt-get install docker.io) and start it",
    );
  }
  if (!await Daemon.isInstalled()) await installDocker(say);
  const again = await versionOf(docker);
  if ("version" in again) {
    say("the package has started it, as a service of this machine that stays");
    return { docker, version: again.version, daemon: undefined };
  }
  signal.throwIfAborted();
  return await started(docker, record, { say, signal });
}

/** The daemon of a run, which has died, started again: what it ran can only be removed by it. */
export async function revived({ docker }: Engine, record: string, say: Say): Promise<Daemon> {
  say("dockerd has died: starting it again to remove what it ran");
  return (await started(docker, record, { say })).daemon;
}

async function started(
  docker: Docker,
  record: string,
  { say, signal }: { say: Say; signal?: AbortSignal },
): Promise<Engine & { daemon: Daemon }> {
  const daemon = await Daemon.start(record, say);
  const version = await daemon.answers(async () => {
    const answer = await versionOf(docker);
    return "version" in answer ? answer.version : undefined;
  }, signal);
  return { docker, version, daemon };
}

/** The types do not know of the option. */
type Cancellable = (options: { abortSignal: AbortSignal }) => Promise<{ Version: string }>;

type Answer = { version: string } | { reason: string; none: boolean };

async function versionOf(docker: Docker): Promise<Answer> {
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  try {
    const { Version } = await (docker.version.bind(docker) as unknown as Cancellable)({
      abortSignal: signal,
    });
    return { version: Version };
  } catch (error) {
    if (signal.aborted) return { reason: `no answer within ${ANSWERS_WITHIN_MS} ms`, none: false };
    const { code } = error as { code?: string };
    if (code === "EACCES") {
      return { reason: "no permission for its socket; be root or a member of the group docker", none: false };
    }
    return { reason: reasonOf(error), none: code === "ENOENT" || code === "ECONNREFUSED" };
  }
}
