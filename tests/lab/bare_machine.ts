/**
 * The lab on a machine without an engine, as it would be: in namespaces of its own, with an empty /tmp, /run and
 * /var/lib/docker, no network but its own, and processes that all end with the first. The machine's engine, if
 * there is one, is neither seen nor disturbed. Needs root and an installed dockerd.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { importMapFlags } from "../../lab/offline/flags.ts";
import { TestChild } from "../support/children.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { until } from "../support/watchdog.ts";

const NAMESPACES = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"];
const ROOT = new URL("../../", import.meta.url);
/** Where the machine has this repository, which can be below a folder that the machine has another of. */
const SEEN = "/mnt/";

/** Says at its end what is left: all that is printed by the shell itself, which starts nothing for it. */
const SCRIPT = `
mount --bind "$ROOT" ${SEEN} && cd ${SEEN} &&
mount -t tmpfs -o mode=1777 tmpfs /tmp && mount -t tmpfs tmpfs /run && mkdir -p /var/lib/docker &&
mount -t tmpfs -o size="$DISK" tmpfs /var/lib/docker || exit 99
code=0
pids=
if [ -n "$KEEP" ]; then
  "$@" --keep
  for path in /var/lib/docker/containers/*; do echo "kept: $path"; done
fi
for copy in $COPIES; do "$@" & pids="$pids $!"; done
for pid in $pids; do wait $pid || code=$?; done
for path in /tmp/* /var/lib/docker/containers/* /var/lib/docker/volumes/*; do
  case $path in *'*' | */backingFsBlockDev | */metadata.db) ;; *) echo "left: $path" ;; esac
done
while read -r device _; do
  case $device in br-* | veth*) echo "left: network $device" ;; esac
done </proc/net/dev
set -- /var/lib/docker/image/overlay2/imagedb/content/sha256/*
echo "images: $#"
for process in /proc/[0-9]*; do
  command=
  [ $process = /proc/1 ] || { read -r command <$process/cmdline; } 2>/dev/null
  [ -z "$command" ] || echo "left: $process $command"
done
echo "over with exit code $code"
exit $code`;

let canMake: boolean | undefined;

/** Value for a test's `ignore`: true, with the reason printed, where there cannot be such a machine. */
export function noBareMachine(): boolean {
  if (
    skipIf(Deno.build.os !== "linux" || Deno.uid() !== 0, "only root has namespaces for an engine of its own")
  ) {
    return true;
  }
  if (skipUnless("dockerd") || skipUnless("unshare")) return true;
  canMake ??= new Deno.Command("unshare", {
    args: [...NAMESPACES, "sh", "-c", "mount -t tmpfs tmpfs /run"],
    stderr: "null",
  }).outputSync().success;
  return skipIf(!canMake, "no namespaces can be made here");
}

/** What is set apart on a machine. */
export interface MachineOptions {
  /** The size of the disk that the engine keeps things on. */
  disk?: string;
  /** How many labs run side by side. */
  copies?: number;
  /** Whether a lab runs before, that keeps what it has made. */
  keepFirst?: boolean;
  /** Another repository's lab/main.ts. */
  main?: string;
  /** What runs the lab, as `env` and its arguments. */
  under?: readonly string[];
  /** Where temporary files are made; in the machine's own /tmp unless told. */
  tmp?: string;
}

/** A machine on which the lab runs. */
export class BareMachine extends TestChild {
  readonly #mark: string;

  private constructor(process: Deno.ChildProcess, mark: string) {
    super("the lab on a bare machine", process);
    this.#mark = mark;
  }

  /** Starts the lab on one. */
  static async start(
    args: readonly string[],
    { disk = "2g", copies = 1, keepFirst = false, main = `${SEEN}lab/main.ts`, under = [], tmp = "/tmp" }:
      MachineOptions = {},
  ): Promise<BareMachine> {
    const outside = await importMapFlags();
    await cached(outside);
    const map = outside.map((flag) => flag.replace(ROOT.href, `file://${SEEN}`));
    const mark = crypto.randomUUID();
    const process = new Deno.Command("unshare", {
      args: [
        ...NAMESPACES,
        "sh",
        "-c",
        SCRIPT,
        "sh",
        ...under,
        Deno.execPath(),
        "run",
        "-A",
        ...map,
        main,
        ...args,
      ],
      env: {
        NO_COLOR: "1",
        ROOT: fileURLToPath(ROOT),
        DISK: disk,
        COPIES: "x ".repeat(copies),
        KEEP: keepFirst ? "yes" : "",
        TMPDIR: tmp,
        MARK: mark,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new BareMachine(process, mark);
  }

  /** What the lab left, where it should leave nothing. */
  get left(): string[] {
    return this.stdout.split("\n").filter((line) => line.startsWith("left: "));
  }

  /** How many images there are at the end, those included that have no name. */
  get images(): number {
    return Number(/^images: (\d+)$/m.exec(this.stdout)?.[1]);
  }

  /** Sends a signal to the lab, or to its engine. */
  signal(whom: "lab" | "dockerd", signo: Deno.Signal): void {
    Deno.kill(this.#process(whom)!, signo);
  }

  /** Waits until a container has been made. */
  hasContainer(): Promise<void> {
    return until("a container to be there", () => {
      const pid = this.#process("dockerd");
      if (pid === undefined) return false;
      try {
        return [...Deno.readDirSync(`/proc/${pid}/root/var/lib/docker/containers`)].length > 0;
      } catch {
        return false; // Not yet.
      }
    }, 60_000);
  }

  /** The process as this machine counts. */
  #process(whom: "lab" | "dockerd"): number | undefined {
    const program = whom === "lab" ? `${Deno.execPath()}\0run\0` : "dockerd\0";
    const pids = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => pid > 0);
    return pids.find((pid) => {
      try {
        return Deno.readTextFileSync(`/proc/${pid}/cmdline`).startsWith(program)
          && Deno.readTextFileSync(`/proc/${pid}/environ`).includes(`MARK=${this.#mark}`);
      } catch {
        return false; // It has ended.
      }
    });
  }
}

/** Loads what the lab imports, which cannot be had from within. */
async function cached(map: readonly string[]): Promise<void> {
  const files = ["main.ts", "docker/main.ts", "docker/run_one.ts"].map((file) =>
    new URL(`../../lab/${file}`, import.meta.url).href
  );
  await new Deno.Command(Deno.execPath(), { args: ["cache", "--quiet", ...map, ...files], stdin: "null" })
    .output();
}
