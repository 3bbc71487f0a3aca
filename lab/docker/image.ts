import type { Readable } from "node:stream";
import { archive, type ArchivedFile, sent } from "./archive.ts";
import { buildContext } from "./build_context.ts";
import { type Docker, followed, LAB_LABEL, reasonOf, statusOf, unless } from "./docker.ts";
import { hashOf } from "./hash.ts";
import { LabError } from "./lab_error.ts";
import { offlineBase } from "./offline_base.ts";
import type { Say } from "./say.ts";

/** How long a registry may take until it answers, and then to send the image. */
const ANSWER_WITHIN_MS = 10_000;
const PULLED_WITHIN_MS = 180_000;

/** Who wants an image. */
interface Asked {
  say: Say;
  /** Ends it. */
  signal: AbortSignal;
}

/** Where an image's name comes before the hash of what is in it. */
const LAB = "ipc-lab";
const BASE = "ipc-lab-base";

/**
 * The name of the lab's image, built from the Dockerfile unless there is one of the same content. The base is
 * the Dockerfile's own; where no registry has it, one made of this machine's Deno.
 */
export async function labImage(docker: Docker, { say, signal }: Asked): Promise<string> {
  const context = await buildContext();
  const runtime = await runtimeHash();
  const name = `${LAB}:${await hashOf([
    runtime,
    ...context.flatMap(({ path, content }) => [path, content]),
  ])}`;
  if (await exists(docker, name)) return name;
  const base = await baseImage(docker, runtime, context, { say, signal });
  signal.throwIfAborted();
  say(`building the image ${name} on ${base}`);
  await build(docker, name, base, context);
  return name;
}

/** Removes the images of earlier contents. To be called while no other run can be using them. */
export async function removeOtherImages(docker: Docker, keep: readonly string[]): Promise<void> {
  const images = await docker.listImages({ filters: { label: [LAB_LABEL] } });
  const repositories = new Set(keep.map((name) => name.split(":")[0]));
  for (const name of images.flatMap(({ RepoTags }) => RepoTags ?? [])) {
    if (keep.includes(name) || !repositories.has(name.split(":")[0])) continue;
    await unless([404, 409], docker.getImage(name).remove()); // 409: a container kept from an earlier run has it.
  }
}

/** Removes what builds that did not come to their end have left: images of the steps that went well. */
export async function removeUnfinishedImages(docker: Docker): Promise<void> {
  await docker.pruneImages({ filters: { dangling: ["true"], label: [LAB_LABEL] } });
}

/** Whether the engine has the image. */
export async function exists(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** Makes an image of a root file system. */
export async function importImage(
  docker: Docker,
  name: string,
  root: Readable,
  changes: readonly string[] = [],
): Promise<void> {
  const [repo, tag] = name.split(":");
  const stream = await sent(
    root,
    docker.importImage(root, { repo, tag, changes: [`LABEL ${LAB_LABEL}=base`, ...changes] }),
  );
  await completed(docker, stream, `Cannot import the image ${name}`);
}

async function baseImage(
  docker: Docker,
  runtime: string,
  context: readonly ArchivedFile[],
  { say, signal }: Asked,
): Promise<string> {
  const official = officialBase(context);
  if (await exists(docker, official)) return official;
  const name = `${BASE}:${runtime}`;
  if (await exists(docker, name)) return name; // No registry had the other, and asking again takes time.
  if (await pull(docker, official, { say, signal })) return official;
  signal.throwIfAborted();
  say(`making a base of this machine's Deno ${Deno.version.deno}`);
  await importImage(docker, name, await offlineBase({ "/usr/bin/deno": Deno.execPath() }));
  return name;
}

/** What the Dockerfile builds on when nobody says otherwise. */
function officialBase(context: readonly ArchivedFile[]): string {
  const dockerfile = context.find(({ path }) => path === "Dockerfile")!.content as Uint8Array;
  const [, name] = /^ARG BASE_IMAGE=(\S+)$/m.exec(new TextDecoder().decode(dockerfile)) ?? [];
  if (name === undefined) throw new Error("Cannot find the line ARG BASE_IMAGE= in the Dockerfile");
  return name;
}

async function pull(docker: Docker, name: string, { say, signal }: Asked): Promise<boolean> {
  say(`asking the registry for ${name}`);
  const controller = new AbortController();
  const answered = setTimeout(() => controller.abort(), ANSWER_WITHIN_MS);
  const pulled = setTimeout(() => controller.abort(), PULLED_WITHIN_MS);
  try {
    const stream = await docker.pull(name, {
      abortSignal: AbortSignal.any([controller.signal, signal]),
    });
    const output = await followed(docker, stream, () => clearTimeout(answered));
    return output.every(({ error }) => error === undefined);
  } catch (error) {
    say(`no registry has it (${controller.signal.aborted ? "no answer" : reasonOf(error)})`);
    return false;
  } finally {
    clearTimeout(answered);
    clearTimeout(pulled);
  }
}

async function build(
  docker: Docker,
  name: string,
  base: string,
  context: readonly ArchivedFile[],
): Promise<void> {
  const files = archive(context);
  const request = docker.buildImage(files, {
    t: name,
    buildargs: { BASE_IMAGE: base },
    labels: { [LAB_LABEL]: "image" },
    forcerm: true, // Nor do its intermediate containers stay when it fails.
  });
  const stream = await sent(files, request);
  try {
    await completed(docker, stream, "Cannot build the image from the Dockerfile");
  } catch (error) {
    await removeUnfinishedImages(docker);
    throw error;
  }
}

/** Reads an engine's output to its end; throws with its last lines when it tells of an error. */
async function completed(docker: Docker, stream: NodeJS.ReadableStream, problem: string): Promise<void> {
  const output = await followed(docker, stream);
  const failure = output.find(({ error }) => error !== undefined);
  if (failure === undefined) return;
  const lines = output.map(({ stream = "" }) => stream).join("").trimEnd().split("\n").slice(-12);
  throw new LabError([`${problem}: ${failure.error}`, ...lines].join("\n  "));
}

/** Changes when the local Deno does. */
async function runtimeHash(): Promise<string> {
  const { size, mtime } = await Deno.stat(Deno.execPath());
  return await hashOf([Deno.version.deno, Deno.build.target, `${size}`, `${mtime?.getTime()}`]);
}
