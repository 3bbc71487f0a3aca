import { Daemon } from "./daemon.ts";
import { hashOf } from "./hash.ts";
import { HostLock } from "./host_lock.ts";
import type { Say } from "./say.ts";

/** What the names of runs' folders begin with. */
const RUN = "run-";

/**
 * Where the runs of one user that use one engine meet: a folder with locks, and what is known of the engine. It
 * does not depend on TMPDIR, as the engine does not.
 */
export class Place {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes it unless it is there. */
  static async open(): Promise<Place> {
    const host = Deno.env.get("DOCKER_HOST");
    const temporary = Deno.build.os === "windows" ? Deno.env.get("TEMP") : "/tmp";
    const engine = host === undefined ? "" : `-${await hashOf([host])}`;
    const place = new Place(`${temporary}/ipc-lab-${Deno.uid() ?? "user"}${engine}`);
    await place.#make();
    return place;
  }

  /** Where the engine's process is written down. */
  get record(): string {
    return `${this.#folder}/dockerd`;
  }

  /** Shared by the runs that are there. */
  get presence(): string {
    return `${this.#folder}/presence.lock`;
  }

  /** A run's own folder, for what its scenarios make on this machine. */
  folderOf(run: string): string {
    return `${this.#folder}/${RUN}${run}`;
  }

  /** Removes a run's folder; those of all runs unless one is named. */
  async removeFolders(run = ""): Promise<void> {
    for (const { name } of Deno.readDirSync(this.#folder)) {
      if (name.startsWith(RUN + run)) await Deno.remove(`${this.#folder}/${name}`, { recursive: true });
    }
  }

  /** Had by the one that comes in or leaves. */
  async turn(say: Say, signal?: AbortSignal): Promise<HostLock> {
    const onWait = () => say("waiting for another run of the lab, which is just coming or going");
    while (true) {
      try {
        return await HostLock.acquire(`${this.#folder}/turn.lock`, { onWait, signal });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        await this.#make(); // The last one has left just now.
      }
    }
  }

  /** The last to leave stops the daemon, and removes the folder unless a run has kept something. To be called in turn. */
  async leave(presence: HostLock, daemon: Daemon | undefined, say: Say): Promise<void> {
    const last = await presence.becomeOnly();
    presence.unlock();
    if (!last) return;
    if (daemon?.running) say(`stopping dockerd (process ${daemon.pid})`);
    await daemon?.stop();
    if (daemon === undefined && await Daemon.recorded(this.record)) return;
    if ([...Deno.readDirSync(this.#folder)].some(({ name }) => name.startsWith(RUN))) return;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #make(): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
  }
}
