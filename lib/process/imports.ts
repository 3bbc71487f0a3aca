import { MOST_REFERENCES } from "./exports.ts";
import { type Asker, remoteProxy } from "./remote.ts";

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
