import { LabError } from "./lab_error.ts";
import type { Say } from "./say.ts";

/** Installs Debian's package of Docker. It is not interrupted by Ctrl-C: half a package helps nobody. */
export async function installDocker(say: Say): Promise<void> {
  await checkAptGet();
  say("no Docker here: installing Debian's package docker.io");
  await aptGet("update", "--quiet");
  await aptGet("install", "--quiet", "--yes", "--no-install-recommends", "docker.io");
}

async function aptGet(...args: string[]): Promise<void> {
  const command = `apt-get ${args.filter((arg) => !arg.startsWith("-")).join(" ")}`;
  const { success, stdout, stderr } = await new Deno.Command("apt-get", {
    args,
    // Without systemd, RUNLEVEL=1 keeps the package from starting a service that nobody stops at the end.
    env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    detached: true,
    stdin: "null",
  }).output();
  if (success) return;
  const decoder = new TextDecoder();
  const lines = (decoder.decode(stdout) + decoder.decode(stderr)).trimEnd().split("\n").slice(-8);
  throw new LabError([`No Docker engine, and ${command} failed:`, ...lines].join("\n  "));
}

async function checkAptGet(): Promise<void> {
  try {
    await new Deno.Command("apt-get", { args: ["--version"], stdin: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new LabError("No Docker engine answers: install Docker (there is no apt-get here) and start it");
  }
}
