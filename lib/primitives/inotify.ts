/**
 * Waking up whoever waits for shared memory on an event loop. The memory is a file, and the kernel tells those that
 * watch a file when it is written with a system call, or when somebody who had it open for writing closes it, as
 * every process does that ends: the one is a doorbell, the other an obituary. Changes through a mapping are silent.
 *
 * A thread has one inotify(7) descriptor for all its doorbells, from the first wait until the last doorbell is
 * closed: to close it takes 0.2 ms. Linux only.
 */

import {
  EVENT_SIZE,
  IN_CLOSE_WRITE,
  IN_MODIFY,
  IN_Q_OVERFLOW,
  inotify_add_watch,
  inotify_init,
  inotify_rm_watch,
} from "../ffi/inotify.ts";
import { pwrite, read } from "../ffi/unistd.ts";
import type { WaitOptions } from "../options.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { onReady } from "./readiness.ts";
import { wait } from "./wait.ts";

/** A look is taken so often in any case, in milliseconds: a thread can end without its process's closing anything. */
const SAFE = 250;

/** The same where the user has no inotify descriptors or watches left (128 and some ten thousands by default). */
const UNWATCHED = 4;

/** A file that is watched, the doorbells of this thread that share it, and who waits for it. */
interface Watch {
  readonly number: number;
  doorbells: number;
  readonly looks: Set<() => void>;
}

/** This thread's queue of events. */
interface Queue {
  readonly descriptor: FileDescriptor;
  readonly stop: () => void;
  doorbells: number;
}

let queue: Queue | undefined;
const watches = new Map<number, Watch>();
const events = new DataView(new ArrayBuffer(64 * EVENT_SIZE));
const one = new Uint8Array(1);

/** Those that wait, and the timer that takes a look for them and keeps the process running. */
const waiting = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
/** Of the timer, in milliseconds: what the most impatient of them asks for. */
let period = 0;

/** The doorbell of one shared file, for one handle on it. */
export class Doorbell {
  readonly #descriptor: FileDescriptor;
  readonly #offset: number;
  readonly #events: number;
  readonly #every: number;
  #watch: Watch | undefined;
  #closed = false;

  /**
   * @param descriptor The file, open for reading and writing. A memfd has to be opened anew, through /proc: the
   * kernel tells nothing of what is done with the descriptor that it was made with.
   * @param offset Where in it there is a byte that nobody reads.
   * @param events What happens to the file lets look, the same for all doorbells of one file.
   * @param every And in any case so often, in milliseconds. Each time takes 0.2 ms of a process that sleeps.
   */
  constructor(
    descriptor: FileDescriptor,
    offset: number,
    events: number = IN_MODIFY | IN_CLOSE_WRITE,
    every: number = SAFE,
  ) {
    this.#descriptor = descriptor;
    this.#offset = offset;
    this.#events = events;
    this.#every = every;
  }

  /** Lets all that wait for the file look again, in this thread and everywhere else. About 1 us. */
  ring(): void {
    pwrite(this.#descriptor.number("ring for"), one, this.#offset);
    if (waiting.size === 0) return;
    // Those of this thread need not wait for the kernel's signal.
    const { looks } = this.#watched();
    if (looks.size > 0) queueMicrotask(() => lookAll(looks));
  }

  /**
   * Calls `look` in a moment, and whenever the doorbell is rung, somebody closes the file, or some time has passed,
   * until it returns something other than undefined, or throws.
   */
  wait<T>(
    look: () => T | undefined,
    options: WaitOptions,
    late: (timeout: number) => Error,
  ): Promise<T> {
    const { looks } = this.#watched();
    return wait<T>(options, late, ({ resolve, reject }) => {
      const again = () => {
        if (!looks.has(again)) return;
        try {
          const found = look();
          if (found === undefined) return;
          leave();
          resolve(found);
        } catch (error) {
          leave();
          reject(error);
        }
      };
      const leave = () => {
        looks.delete(again);
        waiting.delete(again);
        if (waiting.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
      looks.add(again);
      waiting.add(again);
      lookEvery(queue === undefined ? UNWATCHED : this.#every);
      queueMicrotask(again); // Something may have happened before the file was watched.
      return () => {
        leave();
        return look();
      };
    });
  }

  /** Stops watching, and lets those that wait look a last time. The descriptor stays open. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const watch = this.#watch;
    if (watch === undefined) return;
    this.#watch = undefined;
    if (--watch.doorbells === 0) forget(watch);
    lookAll(watch.looks);
  }

  #watched(): Watch {
    if (this.#watch !== undefined) return this.#watch;
    const descriptor = this.#descriptor.number("wait for");
    queue ??= open();
    // Two doorbells of one file have the same number.
    const number = queue === undefined ? -1 : inotify_add_watch(
      queue.descriptor.number("wait for"),
      `/proc/self/fd/${descriptor}`,
      this.#events,
    );
    const known = number < 0 ? undefined : watches.get(number);
    const watch = known ?? { number, doorbells: 0, looks: new Set() };
    watch.doorbells++;
    if (number >= 0 && known === undefined) {
      watches.set(number, watch);
      queue!.doorbells++;
    }
    return this.#watch = watch;
  }
}

/** Undefined when this user has none left: then a look is taken now and then. */
function open(): Queue | undefined {
  const fd = inotify_init();
  if (fd < 0) return undefined;
  const descriptor = new FileDescriptor(fd, "the doorbells");
  return { descriptor, stop: onReady(descriptor, answer), doorbells: 0 };
}

function forget(watch: Watch): void {
  if (watch.number < 0 || queue === undefined) return;
  watches.delete(watch.number);
  inotify_rm_watch(queue.descriptor.number("forget"), watch.number);
  if (--queue.doorbells > 0) return;
  queue.stop();
  queue.descriptor.close();
  queue = undefined;
}

/** Has a look taken for all that wait, so often at least. */
function lookEvery(milliseconds: number): void {
  if (timer !== undefined && period <= milliseconds) return;
  clearInterval(timer);
  period = milliseconds;
  timer = setInterval(() => lookAll(waiting), period);
}

/** Takes the events, and lets those look whose doorbells were rung. */
function answer(): void {
  const rung = new Set<Watch>();
  while (queue !== undefined) {
    const length = read(queue.descriptor.number("read from"), new Uint8Array(events.buffer));
    if (length <= 0) break;
    for (let at = 0; at < length; at += EVENT_SIZE) {
      const watch = watches.get(events.getInt32(at, true));
      if (watch !== undefined) rung.add(watch);
      else if (events.getUint32(at + 4, true) & IN_Q_OVERFLOW) watches.forEach((each) => rung.add(each));
    }
  }
  for (const { looks } of rung) lookAll(looks);
}

/** Some of them leave while they are called, and others come. */
function lookAll(looks: Set<() => void>): void {
  for (const look of [...looks]) look();
}
