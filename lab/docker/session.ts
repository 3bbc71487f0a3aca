import { LAB_LABEL, RUN_LABEL } from "./docker.ts";
import { type Engine, findEngine, revived } from "./engine.ts";
import { engineProblem, tellsOfNoEngine } from "./engine_problem.ts";
import { HostLock } from "./host_lock.ts";
import { labImage, removeOtherImages, removeUnfinishedImages } from "./image.ts";
import { LabError } from "./lab_error.ts";
import { Place } from "./place.ts";
import { pythonImage } from "./python_image.ts";
import type { Say } from "./say.ts";
import { sweep } from "./sweep.ts";

/** How long an engine may take to remove what a run made. */
const REMOVES_WITHIN_MS = 60_000;

/**
 * One run's stay at an engine. Several runs may be there at a time: one after the other they come in (find or
 * start the engine, build the image) and leave, and the last to leave stops what the lab had started.
 */
export class Session {
  /** The engine. */
  readonly engine: Engine;
  /** Its id, in the names and labels of all that it makes. */
  readonly run: string;
  /** Its folder on this machine. */
  readonly folder: string;
  /** The lab's image. */
  readonly image: string;
  /** The image with Python, or why there is none. */
  readonly python: { image: string } | { reason: string };
  readonly #place: Place;
  readonly #presence: HostLock;

  private constructor(
    engine: Engine,
    images: { image: string; python: Session["python"] },
    place: Place,
    presence: HostLock,
  ) {
    this.engine = engine;
    this.image = images.image;
    this.python = images.python;
    this.run = crypto.randomUUID().slice(0, 8);
    this.folder = place.folderOf(this.run);
    this.#place = place;
    this.#presence = presence;
  }

  /** Comes in. */
  static async enter(say: Say, signal: AbortSignal): Promise<Session> {
    const place = await Place.open();
    using _ = await place.turn(say, signal);
    const presence = await HostLock.share(place.presence);
    let engine: Engine | undefined;
    try {
      signal.throwIfAborted();
      engine = await findEngine(place.record, { say, signal });
      signal.throwIfAborted();
      const alone = await presence.becomeOnly();
      if (alone) { // Of runs that were killed, or kept theirs.
        await sweep(engine.docker, LAB_LABEL);
        await removeUnfinishedImages(engine.docker);
        await place.removeFolders();
      } else say("another run of the lab is under way; this one shares its engine");
      const image = await labImage(engine.docker, { say, signal });
      signal.throwIfAborted();
      const python = await pythonImage(engine.docker, say);
      if (alone) {
        await removeOtherImages(engine.docker, "image" in python ? [image, python.image] : [image]);
        await presence.becomeShared();
      }
      const session = new Session(engine, { image, python }, place, presence);
      await Deno.mkdir(session.folder);
      return session;
    } catch (error) {
      let daemon = engine?.daemon;
      if (engine && daemon && !daemon.running) {
        daemon = await revived(engine, place.record, say).catch(() => daemon);
        await sweep(engine.docker, LAB_LABEL).catch(() => {}); // What it was building in.
        await removeUnfinishedImages(engine.docker).catch(() => {});
      }
      await place.leave(presence, daemon, say);
      throw engineProblem(error);
    }
  }

  /** Whether the engine still answers. */
  async isAlive(): Promise<boolean> {
    try {
      await this.engine.docker.ping();
      return true;
    } catch (error) {
      return !tellsOfNoEngine(error);
    }
  }

  /**
   * Leaves, having removed all that this run made unless that is to be kept.
   *
   * @throws {LabError} The engine does not let it; says so
   */
  async leave(say: Say, { keep }: { keep: boolean }): Promise<void> {
    using _ = await this.#place.turn(say);
    let daemon = this.engine.daemon;
    try {
      if (keep) return;
      if (daemon && !daemon.running) daemon = await revived(this.engine, this.#place.record, say);
      await this.#removeAll();
    } catch (error) {
      const problem = engineProblem(error);
      if (!(problem instanceof LabError)) throw problem;
      throw new LabError(
        `${problem.message}\n  What this run has made may be left in it: the next run removes that`,
      );
    } finally {
      await this.#place.leave(this.#presence, keep ? undefined : daemon, say);
    }
  }

  async #removeAll(): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new LabError(`The Docker engine did not answer within ${REMOVES_WITHIN_MS / 1000} s`)),
      REMOVES_WITHIN_MS,
    );
    try {
      await Promise.race([sweep(this.engine.docker, `${RUN_LABEL}=${this.run}`), late]);
      await this.#place.removeFolders(this.run);
    } finally {
      clearTimeout(timer);
    }
  }
}
