import { busy, notOurs } from "../errors.ts";
import type { Connection } from "../messaging/connection.ts";
import { ended, wrongWire } from "../messaging/message_error.ts";
import {
  ABORT,
  CALL,
  type CallMessage,
  FAILURE,
  GET,
  REFERENCE,
  RELEASE,
  RESULT,
  ROOT,
  SET,
  SIGNAL,
  YOURS,
} from "./call_wire.ts";
import { Exports } from "./exports.ts";
import { Imports } from "./imports.ts";
import { member, setMember, valueOf } from "./members.ts";
import { MOST_IN_MESSAGE, PeerLoad } from "./peer_load.ts";
import { Reference, type ReleaseReason } from "./reference.ts";
import { type Asker, type Place, placeOf, remoteProxy } from "./remote.ts";
import { type FailureData, failureData, failureOf } from "./remote_error.ts";
import { RemoteIterator, ServedIterator } from "./remote_iterator.ts";
import "./travellers.ts";
import { type Packed, Packer, Unpacker } from "./travelling.ts";

/** A call of this side's. */
interface Asked {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  /** Stops listening to the signals that are among its arguments. */
  done: (() => void)[];
  /** Nobody waits for it any more. */
  abandoned: boolean;
}

/** A call of the other side's. */
interface Served {
  call: number;
  /** What its message weighs. */
  size: number;
  /** The signals that came with it. */
  signals: number[];
}

const peers = new WeakMap<Connection, Peer>();

/** The other side of a connection, for calls in both directions. It is the connection's only receiver. */
export class Peer implements Asker {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  /** The object that the other side reaches. */
  root: object | undefined;
  readonly #connection: Connection;
  readonly #asked = new Map<number, Asked>();
  readonly #exports = new Exports();
  readonly #imports: Imports;
  /** The signals of the other side, by their numbers, and the calls that they came with. */
  readonly #signals = new Map<number, AbortController>();
  readonly #packer: Packer;
  readonly #unpacker: Unpacker;
  readonly #end = new AbortController();
  readonly #load: PeerLoad;
  #lastCall = 0;
  #lastSignal = 0;
  #gone: Error | undefined;
  /** Of the message that is being packed: what to do when its call is over. Undefined: it takes no signals. */
  #done: (() => void)[] | undefined;
  /** Of the same: the references in it. */
  #added: number[] = [];
  /** Of the message that is being unpacked. */
  #came: { references: number[]; signals: number[] } = { references: [], signals: [] };

  /** The one of a connection. */
  static of(connection: Connection): Peer {
    let peer = peers.get(connection);
    if (peer === undefined) {
      peer = new Peer(connection);
      peers.set(connection, peer);
    }
    return peer;
  }

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#load = new PeerLoad(connection.maxMessageSize);
    this.#packer = new Packer((value) => this.#standIn(value));
    this.#unpacker = new Unpacker((kind, standIn) => this.#stoodFor(kind, standIn));
    this.#imports = new Imports(
      this,
      (number, count, forgotten) => void this.#tell([RELEASE, number, count, forgotten]),
    );
    this.ended = this.#receive();
  }

  /** Aborted when the connection has ended. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** The object that the other side exposes. */
  remote(): object {
    return remoteProxy(this, ROOT);
  }

  call({ target, path }: Place, args: unknown[]): Promise<unknown> {
    return this.#ask((call) => [CALL, call, target, path, args], args);
  }

  get({ target, path }: Place): Promise<unknown> {
    return this.#ask((call) => [GET, call, target, path], []);
  }

  set({ target, path }: Place, value: unknown): Promise<unknown> {
    return this.#ask((call) => [SET, call, target, path, value], []);
  }

  release(target: number): void {
    this.#imports.release(target);
  }

  /** Ends the connection. */
  close(): void {
    this.#connection.close();
  }

  async #ask(message: (call: number) => CallMessage, args: unknown[]): Promise<unknown> {
    if (this.#gone !== undefined) throw this.#gone;
    const signals = args.filter((arg) => arg instanceof AbortSignal);
    for (const signal of signals) signal.throwIfAborted();
    const call = ++this.#lastCall;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const asked: Asked = { resolve, reject, done: [], abandoned: false };
    const { sent } = this.#send(message(call), asked.done);
    this.#asked.set(call, asked);
    sent.catch((error) => this.#forget(call)?.reject(this.#gone ?? error));
    for (const signal of signals) {
      const abandon = () => {
        asked.abandoned = true;
        reject(signal.reason);
      };
      signal.addEventListener("abort", abandon);
      asked.done.push(() => signal.removeEventListener("abort", abandon));
    }
    return await promise;
  }

  /**
   * Packs at once, so that what is sent has the order of the calls.
   *
   * @throws {TypeError} It cannot be carried
   * @throws {RangeError} It is larger than a message may be. Of both nothing is left
   */
  #send(message: CallMessage, done?: (() => void)[]): { size: number; sent: Promise<void> } {
    const { bytes, copies, gone, stay } = this.#packed(message, done);
    gone();
    const size = bytes.length;
    if (copies.length === 0) return { size, sent: this.#connection.sendBytes(bytes) };
    const sent = this.#connection.sendPacked(bytes, copies.map((copy) => copy.number("send")));
    return { size, sent: sent.finally(stay) };
  }

  #packed(message: CallMessage, done: (() => void)[] | undefined): Packed {
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

  /** Sends what has no answer. When it cannot leave the connection has ended. */
  #tell(message: CallMessage): Promise<void> {
    if (this.#gone !== undefined) return Promise.resolve();
    const { size, sent } = this.#send(message);
    const over = sent.catch(() => {});
    this.#load.send(size, over);
    if (this.#load.tooMuch) this.#finish(this.#wrong("it does not read what it is sent"));
    return over;
  }

  /** Sends what was thrown, or that it cannot be sent. */
  async #tellFailure(thrown: unknown, message: (failure: FailureData) => CallMessage): Promise<void> {
    try {
      try {
        await this.#tell(message(failureData(thrown)));
      } catch (error) {
        await this.#tell(message(failureData(error)));
      }
    } catch (error) {
      this.#finish(error as Error); // Its messages are too small even for that.
    }
  }

  async #receive(): Promise<void> {
    const connection = this.#connection;
    try {
      for (;;) {
        const { bytes, handles } = await connection.recvPacked();
        this.#came = { references: [], signals: [] };
        let message: unknown;
        try {
          message = this.#unpacker.unpack(bytes, handles);
        } catch (error) {
          throw this.#wrong(`it sent what is no call (${(error as Error).message})`);
        }
        this.#take(message, bytes.length);
      }
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  #finish(error: Error): void {
    if (this.#gone !== undefined) return;
    const action = `Cannot call ${this.#connection.name}`;
    if (error instanceof Deno.errors.UnexpectedEof) this.#gone = ended(action);
    else if (error instanceof Deno.errors.BadResource) {
      this.#gone = notOurs(action, "the connection was closed");
    } else this.#gone = error;
    this.#connection.close();
    for (const call of [...this.#asked.keys()]) this.#forget(call)?.reject(this.#gone);
    this.#end.abort(this.#gone);
    for (const controller of this.#signals.values()) controller.abort(this.#gone);
    this.#signals.clear();
    this.#exports.releaseAll();
    this.#load.close();
  }

  #take(message: unknown, bytes: number): void {
    const [kind, id, third, path, rest] = Array.isArray(message) ? message : [];
    const came = this.#came;
    if (!isNumber(id)) throw this.#wrong("it sent what is no call");
    const size = PeerLoad.size(bytes, came.references.length + came.signals.length);
    const served = { call: id, size, signals: came.signals };
    switch (kind) {
      case RESULT:
        return this.#answered(id, came.references, (asked) => asked.resolve(third));
      case FAILURE: {
        const reason = failureOf(third as FailureData, this.#connection.name);
        return this.#answered(id, came.references, (asked) => asked.reject(reason));
      }
      case CALL:
        return void this.#serve(served, () => this.#invoke(third, path, rest));
      case GET:
        return void this.#serve(served, () => valueOf(this.#target(third), asPath(path)));
      case SET:
        return void this.#serve(served, () => setMember(this.#target(third), asPath(path), rest));
      case ABORT:
        return this.#signals.get(id)?.abort(failureOf(third as FailureData, this.#connection.name));
      case RELEASE:
        if (!isNumber(third)) return;
        return this.#exports.release(id, third, path === true ? "forgotten" : "disposed");
    }
  }

  #answered(call: number, references: number[], settle: (asked: Asked) => void): void {
    const asked = this.#forget(call);
    if (asked === undefined) throw this.#wrong("it answered what was not asked");
    // What came for nobody is not kept until the garbage collector finds it.
    if (asked.abandoned) { for (const reference of references) this.release(reference); }
    else settle(asked);
  }

  #forget(call: number): Asked | undefined {
    const asked = this.#asked.get(call);
    this.#asked.delete(call);
    for (const done of asked?.done ?? []) done();
    return asked;
  }

  async #serve({ call, size, signals }: Served, body: () => unknown): Promise<void> {
    const load = this.#load;
    const fail = (error: unknown) => this.#tellFailure(error, (failure) => [FAILURE, call, failure]);
    if (!load.take(size)) {
      this.#forgetSignals(signals);
      return load.refuse(fail(busy("Cannot call it", "too much of what was asked waits; await some first")));
    }
    try {
      if (load.crowded) await load.turn();
      if (this.#gone !== undefined) return;
      const value = await this.#run(body);
      if (load.crowded) await load.turn();
      if (this.#gone === undefined) await this.#tell([RESULT, call, value]);
      else if (value instanceof Reference) value.released?.("ended");
    } catch (error) {
      await fail(error);
    } finally {
      load.drop(size);
      this.#forgetSignals(signals);
    }
  }

  async #run(body: () => unknown): Promise<unknown> {
    this.#load.begin();
    try {
      return await body();
    } finally {
      this.#load.end();
    }
  }

  #forgetSignals(signals: number[]): void {
    for (const signal of signals) this.#signals.delete(signal);
  }

  #invoke(target: unknown, path: unknown, args: unknown): unknown {
    const { owner, value } = member(this.#target(target), asPath(path));
    if (typeof value !== "function") {
      throw new TypeError(`Cannot call '${asPath(path).join(".")}': it is not a function`);
    }
    return Reflect.apply(value, owner, Array.isArray(args) ? args : []);
  }

  #target(number: unknown): object {
    const found = number === ROOT ? this.root : isNumber(number) ? this.#exports.get(number) : undefined;
    if (found !== undefined) return found;
    const why = number === ROOT ? "the other side exposes nothing" : "the reference was given up";
    throw new TypeError(`Cannot reach it: ${why}`);
  }

  /** What travels for a value that is no handle and cannot be cloned. */
  #standIn(value: object): unknown {
    const place = placeOf(value);
    if (place?.asker === this && place.path.length === 0) return { kind: YOURS, standIn: place.target };
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

  #wrong(why: string): Error {
    return wrongWire(`Cannot go on with ${this.#connection.name}`, why);
  }

  #signalStandIn(signal: AbortSignal, done: (() => void)[]): unknown {
    if (signal.aborted) return { kind: SIGNAL, standIn: [0, failureData(signal.reason)] };
    const number = ++this.#lastSignal;
    const tell = () => void this.#tellFailure(signal.reason, (reason) => [ABORT, number, reason]);
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
    if (kind === YOURS) return this.#target(standIn);
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

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function asPath(path: unknown): unknown[] {
  if (Array.isArray(path) && path.length <= 100) return path;
  throw new TypeError("Cannot reach it: its path is none");
}
