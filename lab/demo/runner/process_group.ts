/** The processes that descend from one that was started with `detached`, by the leader's process id. */
export class ProcessGroup {
  readonly #leader: number;

  constructor(leader: number) {
    this.#leader = leader;
  }

  /** Process ids of the members that still run, the leader included; zombies do not. */
  members(): number[] {
    const listed = Deno.build.os === "linux" ? listProc() : listPs();
    return listed.filter(({ group, state }) => group === this.#leader && state !== "Z").map(({ pid }) => pid);
  }

  /** Sends each member the signal. */
  signal(signo: Deno.Signal): void {
    for (const pid of this.members()) {
      try {
        Deno.kill(pid, signo);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error; // It ended just now.
      }
    }
  }

  /** Whether all end within so many milliseconds. It looks: nobody is told of the end of another's child. */
  async ends(milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    while (this.members().length > 0) {
      if (performance.now() >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }
}

interface Listed {
  pid: number;
  group: number;
  state: string;
}

function listProc(): Listed[] {
  const listed: Listed[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
      const [state = "", _parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      listed.push({ pid: Number(name), group: Number(group), state });
    } catch {
      // It ended while we looked.
    }
  }
  return listed;
}

function listPs(): Listed[] {
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pid=,pgid=,state="] }).outputSync();
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => {
    const [pid, group, state = ""] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), state: state.slice(0, 1) };
  });
}
