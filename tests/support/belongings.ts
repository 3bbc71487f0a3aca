/** What processes have that could outlive them: names of sockets, files of shared memory, and each other. */

/** What a family of processes has. */
export interface Belongings {
  /** All processes that descend from one, in the order of their numbers. */
  pids: number[];
  /** Paths of sockets, abstract ones with an @. */
  sockets: string[];
  /** Files in /dev/shm. */
  memory: string[];
}

/** What a process and all that descend from it have. */
export function belongingsOf(root: number): Belongings {
  const pids = [root, ...descendants(root)];
  const names = unixSockets();
  const sockets = pids.flatMap((pid) =>
    targets(pid).flatMap((target) => {
      const name = names.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? "");
      return name === undefined ? [] : [name];
    })
  );
  const memory = pids.flatMap((
    pid,
  ) => [...read(`/proc/${pid}/maps`).matchAll(/\/dev\/shm\/\S+(?! \(deleted\))$/gm)])
    .map(([path]) => path);
  return { pids: pids.slice(1), sockets: [...new Set(sockets)], memory: [...new Set(memory)] };
}

/** What of it is still there, processes aside. */
export function leftOf({ sockets, memory }: Belongings): string[] {
  const names = new Set(unixSockets().values());
  return [
    ...sockets.filter((name) => names.has(name) || (name.startsWith("/") && exists(name))),
    ...memory.filter(exists),
  ];
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const parent = /^PPid:\s+(\d+)/m.exec(/^\d+$/.test(name) ? read(`/proc/${name}/status`) : "")?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found: number[] = [];
  for (let wave = [root]; wave.length > 0;) {
    wave = [...parents].filter(([, parent]) => wave.includes(parent)).map(([pid]) => pid);
    found.push(...wave);
  }
  return found.toSorted((a, b) => a - b);
}

/** The names of the machine's Unix sockets, by their inodes. */
function unixSockets(): Map<string, string> {
  const lines = read("/proc/net/unix").trimEnd().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  return new Map(lines.flatMap((fields) => fields[7] === undefined ? [] : [[fields[6]!, fields[7]]]));
}

function targets(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
      } catch {
        return ""; // Closed meanwhile.
      }
    });
  } catch {
    return []; // It has ended.
  }
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
