// Read from outside, so that every language is measured by the same means and start-up can be left out.

/**
 * User and system time that a process has used so far, in seconds; null where /proc does not tell.
 *
 * The threads' own counters are exact but forget threads that have ended; the process's counter
 * remembers them but counts in ticks of 10 ms. The larger one is nearer to the truth.
 */
export function cpuSeconds(pid: number): number | null {
  try {
    const { utime, stime } = statTimes(`/proc/${pid}/stat`);
    return Math.max(utime + stime, threadSeconds(pid));
  } catch {
    return null;
  }
}

/** User and system time of all children of this process that have ended, in seconds (ticks of 10 ms). */
export function endedChildrenSeconds(): number | null {
  try {
    const { cutime, cstime } = statTimes("/proc/self/stat");
    return cutime + cstime;
  } catch {
    return null;
  }
}

/**
 * User and system time of a process and all that it started, which end or live, in seconds; null where /proc does not
 * tell. Of those that have ended it is counted in ticks of 10 ms.
 */
export function familySeconds(pid: number): number | null {
  try {
    const { cutime, cstime } = statTimes(`/proc/${pid}/stat`);
    const own = (cpuSeconds(pid) ?? 0) + cutime + cstime;
    return childrenOf(pid).reduce((sum, child) => sum + (familySeconds(child) ?? 0), own);
  } catch {
    return null;
  }
}

/** Memory of a process and all that it started. */
export interface FamilyMemory {
  /** Resident bytes, those that processes share counted for each. */
  readonly resident: number;
  /** The same with what they share divided among them (the kernel's proportional set size). */
  readonly proportional: number;
}

/** The memory that a process and its living descendants have now; null where /proc does not tell. */
export function familyMemory(pid: number): FamilyMemory | null {
  try {
    const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    const bytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(rollup)![1]) * 1024;
    return childrenOf(pid).map(familyMemory).reduce<FamilyMemory>((sum, child) => ({
      resident: sum.resident + (child?.resident ?? 0),
      proportional: sum.proportional + (child?.proportional ?? 0),
    }), { resident: bytes("Rss"), proportional: bytes("Pss") });
  } catch {
    return null;
  }
}

function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    try {
      const numbers = Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).trim();
      if (numbers !== "") children.push(...numbers.split(" ").map(Number));
    } catch {
      // The thread has just ended.
    }
  }
  return children;
}

/** Resident memory of a process in bytes; null where /proc does not tell. */
export function residentBytes(pid: number): number | null {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
    return match === null ? null : Number(match[1]) * 1024;
  } catch {
    return null;
  }
}

/** USER_HZ: fixed at 100 in the Linux ABI of every architecture that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** Fields 14 to 17 of proc_pid_stat(5), in seconds. */
function statTimes(path: string): { utime: number; stime: number; cutime: number; cstime: number } {
  const stat = Deno.readTextFileSync(path);
  // The command name is in parentheses and may itself hold blanks and parentheses; field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [utime = NaN, stime = NaN, cutime = NaN, cstime = NaN] = fields.slice(11, 15).map(
    (ticks) => Number(ticks) / TICKS_PER_SECOND,
  );
  return { utime, stime, cutime, cstime };
}

function threadSeconds(pid: number): number {
  let nanoseconds = 0;
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]);
    }
  } catch {
    // A kernel without scheduler statistics, or a thread that has just ended: the ticks must do.
  }
  return nanoseconds / 1e9;
}
