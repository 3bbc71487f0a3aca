import { busy } from "../errors.ts";
import type { ReleaseReason } from "./reference.ts";
import { type Asker, remoteProxy } from "./remote.ts";

/** So many values of one side the other side may refer to at once. */
const MOST_REFERENCES = 100_000;

/** A value of this side that the other side refers to. */
interface Exported {
  value: object;
  /** How often it was sent and not yet given up. */
  count: number;
  released: (how: ReleaseReason) => void;
}

/** What of this side the other side can refer to, by numbers. */
export class Exports {
  readonly #byNumber = new Map<number, Exported>();
  readonly #numbers = new Map<object, number>();
  #last = 0;

  /**
   * Counts one more sending of a value. The same identity has the same number.
   *
   * @throws {Deno.errors.Busy} The other side gives up too few
   */
  add(identity: object, value: object, released?: (how: ReleaseReason) => void): number {
    const known = this.#numbers.get(identity);
    if (known !== undefined) {
      this.#byNumber.get(known)!.count++;
      return known;
    }
    if (this.#byNumber.size >= MOST_REFERENCES) {
      tell(released, "disposed");
      const why = `the other side has ${MOST_REFERENCES} references that it has not disposed of`;
      throw busy("Cannot send another reference", why);
    }
    const number = ++this.#last;
    this.#byNumber.set(number, {
      value,
      count: 1,
      released: (how) => {
        this.#numbers.delete(identity);
        tell(released, how);
      },
    });
    this.#numbers.set(identity, number);
    return number;
  }

  /** The value of a number. */
  get(number: number): object | undefined {
    return this.#byNumber.get(number)?.value;
  }

  /** The other side has given some of what it got up. */
  release(number: number, count: number, how: ReleaseReason): void {
    const exported = this.#byNumber.get(number);
    if (exported === undefined) return;
    exported.count -= count;
    if (exported.count > 0) return;
    this.#byNumber.delete(number);
    exported.released(how);
  }

  /** The other side has gone. */
  releaseAll(): void {
    for (const number of [...this.#byNumber.keys()]) this.release(number, Infinity, "ended");
  }
}

/** A reference of the other side's, as long as it is in use here. */
interface Imported {
  number: number;
  /** How often it came. */
  count: number;
  proxy: WeakRef<object>;
}

/** The objects of the other side that are in use here. */
export class Imports {
  readonly #asker: Asker;
  readonly #byNumber = new Map<number, Imported>();
  readonly #giveUp: (number: number, count: number, forgotten: boolean) => void;
  readonly #unused = new FinalizationRegistry<Imported>((imported) => this.#forget(imported, true));

  /** @param giveUp Tells the other side that a reference, which came so often, is not used any more. */
  constructor(asker: Asker, giveUp: (number: number, count: number, forgotten: boolean) => void) {
    this.#asker = asker;
    this.#giveUp = giveUp;
  }

  /**
   * The proxy for a reference that has come.
   *
   * @throws {TypeError} The other side has sent more than it may
   */
  add(number: number): object {
    const known = this.#byNumber.get(number);
    const proxy = known?.proxy.deref();
    if (known !== undefined && proxy !== undefined) {
      known.count++;
      return proxy;
    }
    if (known === undefined && this.#byNumber.size >= MOST_REFERENCES) {
      throw new TypeError(`There are more than ${MOST_REFERENCES} references that were not given up`);
    }
    const made = remoteProxy(this.#asker, number);
    const imported = { number, count: 1, proxy: new WeakRef(made) };
    this.#byNumber.set(number, imported);
    this.#unused.register(made, imported, imported);
    return made;
  }

  /** Gives a reference up now. */
  release(number: number): void {
    const imported = this.#byNumber.get(number);
    if (imported === undefined) return;
    this.#unused.unregister(imported);
    this.#forget(imported, false);
  }

  #forget(imported: Imported, forgotten: boolean): void {
    const { number, count } = imported;
    if (this.#byNumber.get(number) === imported) this.#byNumber.delete(number);
    this.#giveUp(number, count, forgotten);
  }
}

/** What the owner does about it is not the connection's business, nor that it fails. */
function tell(released: ((how: ReleaseReason) => void) | undefined, how: ReleaseReason): void {
  try {
    released?.(how);
  } catch (error) {
    reportError(error);
  }
}
