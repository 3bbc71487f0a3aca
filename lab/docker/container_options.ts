import type { LabContainer } from "./container.ts";
import type { LabNetwork, LabVolume } from "./network.ts";

/** How to run one container of a scenario. */
export interface ContainerOptions {
  /** Its name in the report, and its host name in its network. */
  name: string;
  /**
   * What it runs: a path below lab/, such as `programs/echo_sockets_server.ts` or
   * `scenarios/programs/pipe_reader.ts`. A Deno program gets the permissions behind "Needs:" in its head
   * comment, all when there is no such line; a `.py` file is run in the Python image.
   */
  program: string;
  /** The program's arguments. */
  args?: readonly string[];
  /** Flags for `deno run` instead of those that the program says it needs. */
  flags?: readonly string[];
  /** Environment variables. */
  env?: Record<string, string>;
  /** The network that it is in; none unless told. */
  network?: LabNetwork;
  /** What is mounted, by the path in the container: a volume, or a folder of this machine. */
  mounts?: Record<string, LabVolume | string>;
  /** Whose /dev/shm and other System V and POSIX memory it shares; "shareable" to be shared by others. */
  ipc?: LabContainer | "shareable" | "host";
  /** Whose processes it sees; its own unless told. */
  pid?: LabContainer | "host";
  /** User and group, as `1000:1000`; root unless told. */
  user?: string;
  /** Nothing of the image can be written to. /dev/shm and the mounts can. */
  readOnly?: boolean;
  /** Bytes of memory. */
  memory?: number;
  /** How many processes and threads. */
  pidsLimit?: number;
  /** Resource limits, soft and hard alike, as `{ nofile: 64 }`. */
  ulimits?: Record<string, number>;
  /** Capabilities beyond the usual, as `SYS_PTRACE`. */
  capAdd?: readonly string[];
  /** Capabilities to go without, as `ALL`. */
  capDrop?: readonly string[];
  /** Bytes of /dev/shm; 64 MiB unless told. */
  shmSize?: number;
  /** An init process is the first, so that the program's signals have their usual effect. */
  init?: boolean;
  /** Another image than the one that the program's language asks for. */
  image?: string;
}

/** Whose System V and POSIX memory, and whose processes it shares; nothing where they are its own alone. */
export function spacesOf({ name, ipc, pid }: ContainerOptions): { ipc?: string; pid?: string } {
  const owner = (space: LabContainer | string) =>
    typeof space !== "string" ? space.name : space === "host" ? "host" : name;
  return { ...ipc && { ipc: owner(ipc) }, ...pid && { pid: owner(pid) } };
}

/** What sets a container apart from a usual one, for the report. */
export function traitsOf(options: ContainerOptions): string[] {
  const { ipc, pid, user, readOnly, memory, pidsLimit, ulimits, capAdd, capDrop, flags } = options;
  const whose = (space: LabContainer | string) => typeof space === "string" ? space : `of ${space.name}`;
  return [
    ipc && `IPC ${whose(ipc)}`,
    pid && `processes ${whose(pid)}`,
    user && `user ${user}`,
    readOnly && "read-only",
    memory && `${memory / 2 ** 20} MiB`,
    pidsLimit && `at most ${pidsLimit} processes`,
    ...Object.entries(ulimits ?? {}).map(([name, value]) => `${name} ${value}`),
    ...(capAdd ?? []).map((name) => `+${name}`),
    ...(capDrop ?? []).map((name) => `-${name}`),
    flags && flags.join(" "),
  ].filter((trait) => typeof trait === "string");
}

/**
 * With it the engine says at once that a name without a dot is not known. Otherwise it asks the servers of this machine
 * about a container that has stopped, and where none of them answers that takes 10 s.
 */
const NOT_ELSEWHERE = "ndots:1";

/** The part of them that the engine calls HostConfig. */
export function hostConfigOf(options: ContainerOptions): Record<string, unknown> {
  const { network, ipc, pid, ulimits = {}, mounts = {} } = options;
  const space = (whose: LabContainer | string | undefined) =>
    whose === undefined || typeof whose === "string" ? whose : `container:${whose.id}`;
  return {
    IpcMode: space(ipc),
    PidMode: space(pid),
    ReadonlyRootfs: options.readOnly,
    Memory: options.memory,
    PidsLimit: options.pidsLimit,
    ShmSize: options.shmSize,
    DnsOptions: network && [NOT_ELSEWHERE],
    Init: options.init,
    CapAdd: options.capAdd,
    CapDrop: options.capDrop,
    Ulimits: Object.entries(ulimits).map(([Name, limit]) => ({ Name, Soft: limit, Hard: limit })),
    Binds: Object.entries(mounts).map(([path, from]) =>
      `${typeof from === "string" ? from : from.volume}:${path}`
    ),
  };
}
