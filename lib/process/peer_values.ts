import type { Connection } from "../messaging/connection.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import { type CallMessage, isNumber, REFERENCE, ROOT, SIGNAL, YOURS } from "./call_wire.ts";
import { MOST_IN_MESSAGE } from "./peer_load.ts";
import { Exports, Imports } from "./peer_references.ts";
import { Reference, type ReleaseReason } from "./reference.ts";
import { type Asker, placeOf } from "./remote.ts";
import { type FailureData, failureData, failureOf } from "./remote_error.ts";
import { RemoteIterator, ServedIterator } from "./remote_iterator.ts";
import "./travellers.ts";
import { type Packed, Packer, Unpacker } from "./travelling.ts";

/** A message that has come, and what of the other side is in it, by its numbers. */
export interface Came {
  message: unknown;
  references: number[];
  signals: number[];
}

/** What the other side is to be told. */
interface Tell {
  /** A reference, which came so often, is not used any more; or the garbage collector found it unused. */
  givenUp(number: number, count: number, forgotten: boolean): void;
  /** A signal that was sent was aborted. */
  aborted(number: number, reason: unknown): void;
}

/**
 * The values in the messages of a {@linkcode Peer}: what travels for those that stay where they are, and what either side
 * refers to of the other.
 */
export class PeerValues {
  /** The object that the other side reaches. */
  root: object | undefined;
  readonly #asker: Asker;
  readonly #connection: Connection;
  readonly #tell: Tell;
  readonly #exports = new Exports();
  readonly #imports: Imports;
  /** The signals of the other side, by their numbers. */
  readonly #signals = new Map<number, AbortController>();
  readonly #packer: Packer;
  readonly #unpacker: Unpacker;
  #lastSignal = 0;
  /** Of the message that is being packed: what to do when its call is over. Undefined: it takes no signals. */
  #done: (() => void)[] | undefined;
  /** Of the same: the references in it. */
  #added: number[] = [];
  /** Of the message that is being unpacked. */
  #came: Omit<Came, "message"> = { references: [], signals: [] };

  /** @param asker Asks the other side for what proxies are asked. */
  constructor(asker: Asker, connection: Connection, tell: Tell) {
    this.#asker = asker;
    this.#connection = connection;
    this.#tell = tell;
    this.#packer = new Packer((value) => this.#standIn(value));
    this.#unpacker = new Unpacker((kind, standIn) => this.#stoodFor(kind, standIn));
    this.#imports = new Imports(asker, tell.givenUp);
  }

  /**
   * The bytes of a message, good until the next.
   *
   * @param done Gets what to do when its call is over; without it no signal can be in the message.
   * @throws {TypeError} It cannot be carried
   * @throws {RangeError} It is larger than a message may be. Of both nothing is left
   */
  pack(message: CallMessage, done: (() => void)[] | undefined): Packed {
    const outer = [this.#done, this.#added] as const; // A getter may call something itself.
    const added: number[] = [];
    let packed: Packed | undefined;
    [this.#done, this.#added] = [done, added];
    try {
      packed = this.#packer.pack(message);
      mustFit(packed.bytes, this.#connection);
      return packed;
    } catch (error) {
      packed?.stay();
      for (const reference of added) this.#exports.release(reference, 1, "disposed");
      for (const each of done?.splice(0) ?? []) each();
      throw error;
    } finally {
      [this.#done, this.#added] = outer;
    }
  }

  /**
   * The message of bytes.
   *
   * @throws {Error} They are none
   */
  unpack(bytes: Uint8Array<ArrayBuffer>, handles: ReceivedDescriptor[]): Came {
    const came = this.#came = { references: [], signals: [] };
    return { message: this.#unpacker.unpack(bytes, handles), ...came };
  }

  /**
   * What the other side refers to.
   *
   * @throws {TypeError} It is not there, or not any more
   */
  target(number: unknown): object {
    const found = number === ROOT ? this.root : isNumber(number) ? this.#exports.get(number) : undefined;
    if (found !== undefined) return found;
    const why = number === ROOT ? "the other side exposes nothing" : "the reference was given up";
    throw new TypeError(`Cannot reach it: ${why}`);
  }

  /** The other side gives up some of the references that it got. */
  givenUp(number: number, count: number, how: ReleaseReason): void {
    this.#exports.release(number, count, how);
  }

  /** This side gives up a reference that it got. */
  release(number: number): void {
    this.#imports.release(number);
  }

  /** The other side has aborted a signal. */
  abort(signal: number, reason: FailureData): void {
    this.#signals.get(signal)?.abort(failureOf(reason, this.#connection.name));
  }

  /** The call that these signals came with is over. */
  forget(signals: number[]): void {
    for (const signal of signals) this.#signals.delete(signal);
  }

  /** The other side has gone. */
  end(reason: Error): void {
    for (const controller of this.#signals.values()) controller.abort(reason);
    this.#signals.clear();
    this.#exports.releaseAll();
  }

  /** What travels for a value that is no handle and cannot be cloned. */
  #standIn(value: object): unknown {
    const place = placeOf(value);
    if (place?.asker === this.#asker && place.path.length === 0) {
      return { kind: YOURS, standIn: place.target };
    }
    if (value instanceof Reference) {
      return { kind: REFERENCE, standIn: this.#export(value, value.value, value.released) };
    }
    if (typeof value === "function") return { kind: REFERENCE, standIn: this.#export(value, value) };
    if (value instanceof AbortSignal && this.#done !== undefined) {
      return this.#signalStandIn(value, this.#done);
    }
    const iterator = ServedIterator.over(value);
    if (iterator === undefined) return undefined;
    const number = this.#export(iterator, iterator, () => void iterator.return().catch(() => {}));
    return { kind: RemoteIterator.KIND, standIn: number };
  }

  #export(identity: object, value: object, released?: (how: ReleaseReason) => void): number {
    if (this.#added.length === MOST_IN_MESSAGE) {
      throw new RangeError(`Cannot send a message with more than ${MOST_IN_MESSAGE} references`);
    }
    const number = this.#exports.add(identity, value, released);
    this.#added.push(number);
    return number;
  }

  #signalStandIn(signal: AbortSignal, done: (() => void)[]): unknown {
    if (signal.aborted) return { kind: SIGNAL, standIn: [0, failureData(signal.reason)] };
    const number = ++this.#lastSignal;
    const tell = () => this.#tell.aborted(number, signal.reason);
    signal.addEventListener("abort", tell);
    done.push(() => signal.removeEventListener("abort", tell));
    return { kind: SIGNAL, standIn: [number] };
  }

  #stoodFor(kind: string, standIn: unknown): object {
    const { references, signals } = this.#came;
    if (references.length + signals.length === MOST_IN_MESSAGE) {
      throw new TypeError(`It has more than ${MOST_IN_MESSAGE} references`);
    }
    if (kind === SIGNAL && Array.isArray(standIn)) {
      const [number, reason] = standIn;
      if (reason !== undefined) return AbortSignal.abort(failureOf(reason, this.#connection.name));
      const controller = new AbortController();
      this.#signals.set(number, controller);
      signals.push(number);
      return controller.signal;
    }
    if (!isNumber(standIn)) throw new TypeError("A reference without a number");
    if (kind === YOURS) return this.target(standIn);
    if (kind !== REFERENCE && kind !== RemoteIterator.KIND) throw new TypeError(`An unknown kind: ${kind}`);
    references.push(standIn);
    const proxy = this.#imports.add(standIn);
    return kind === REFERENCE ? proxy : new RemoteIterator(proxy);
  }
}

function mustFit({ length }: Uint8Array, { name, maxMessageSize }: Connection): void {
  if (length <= maxMessageSize) return;
  const why = `it has ${length} bytes, and maxMessageSize is ${maxMessageSize}`;
  throw new RangeError(`Cannot send a message to ${name}: ${why}`);
}
