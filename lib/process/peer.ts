import { busy, notOurs } from "../errors.ts";
import type { Connection } from "../messaging/connection.ts";
import { ended, wrongWire } from "../messaging/message_error.ts";
import {
  ABORT,
  CALL,
  type CallMessage,
  FAILURE,
  GET,
  isNumber,
  RELEASE,
  RESULT,
  ROOT,
  SET,
} from "./call_wire.ts";
import { member, setMember, valueOf } from "./members.ts";
import { PeerLoad } from "./peer_load.ts";
import { type Came, PeerValues } from "./peer_values.ts";
import { Reference } from "./reference.ts";
import { type Asker, type Place, remoteProxy } from "./remote.ts";
import { type FailureData, failureData, failureOf } from "./remote_error.ts";

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

/**
 * So long the other side has to answer a call whose options have a signal that was aborted: what it has given already comes,
 * and is not lost.
 */
const ANSWER_MS = 1000;

const peers = new WeakMap<Connection, Peer>();

/** The other side of a connection, for calls in both directions. It is the connection's only receiver. */
export class Peer implements Asker {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #connection: Connection;
  readonly #asked = new Map<number, Asked>();
  readonly #values: PeerValues;
  readonly #end = new AbortController();
  readonly #load: PeerLoad;
  #lastCall = 0;
  #gone: Error | undefined;

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
    this.#values = new PeerValues(this, connection, {
      givenUp: (number, count, forgotten) => void this.#tell([RELEASE, number, count, forgotten]),
      aborted: (number, reason) => void this.#tellFailure(reason, (failure) => [ABORT, number, failure]),
    });
    this.ended = this.#receive();
  }

  /** The object that the other side reaches. */
  get root(): object | undefined {
    return this.#values.root;
  }

  set root(object: object | undefined) {
    this.#values.root = object;
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
    this.#values.release(target);
  }

  /** Ends the connection. */
  close(): void {
    this.#connection.close();
  }

  async #ask(message: (call: number) => CallMessage, args: unknown[]): Promise<unknown> {
    if (this.#gone !== undefined) throw this.#gone;
    const signals = args.filter((arg) => arg instanceof AbortSignal);
    for (const signal of signals) signal.throwIfAborted();
    const inOptions = args.flatMap(signalOf);
    const call = ++this.#lastCall;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const asked: Asked = { resolve, reject, done: [], abandoned: false };
    const { sent } = this.#send(message(call), asked.done);
    this.#asked.set(call, asked);
    sent.catch((error) => this.#forget(call)?.reject(this.#gone ?? error));
    for (const signal of signals) abandonBy(signal, asked);
    for (const signal of inOptions) abandonBy(signal, asked, ANSWER_MS);
    return await promise;
  }

  /**
   * Packs at once, so that what is sent has the order of the calls.
   *
   * @throws {TypeError} It cannot be carried
   * @throws {RangeError} It is larger than a message may be. Of both nothing is left
   */
  #send(message: CallMessage, done?: (() => void)[]): { size: number; sent: Promise<void> } {
    const { bytes, copies, gone, stay } = this.#values.pack(message, done);
    gone();
    const size = bytes.length;
    if (copies.length === 0) return { size, sent: this.#connection.sendBytes(bytes) };
    const sent = this.#connection.sendPacked(bytes, copies.map((copy) => copy.number("send")));
    return { size, sent: sent.finally(stay) };
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
        let came: Came;
        try {
          came = this.#values.unpack(bytes, handles);
        } catch (error) {
          throw this.#wrong(`it sent what is no call (${(error as Error).message})`);
        }
        this.#take(came, bytes.length);
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
    this.#values.end(this.#gone);
    this.#load.close();
  }

  #take({ message, references, signals }: Came, bytes: number): void {
    const [kind, id, third, path, rest] = Array.isArray(message) ? message : [];
    if (!isNumber(id)) throw this.#wrong("it sent what is no call");
    const size = PeerLoad.size(bytes, references.length + signals.length);
    const served = { call: id, size, signals };
    switch (kind) {
      case RESULT:
        return this.#answered(id, references, (asked) => asked.resolve(third));
      case FAILURE: {
        const reason = failureOf(third as FailureData, this.#connection.name);
        return this.#answered(id, references, (asked) => asked.reject(reason));
      }
      case CALL:
        return void this.#serve(served, () => this.#invoke(third, path, rest));
      case GET:
        return void this.#serve(served, () => valueOf(this.#values.target(third), asPath(path)));
      case SET:
        return void this.#serve(served, () => setMember(this.#values.target(third), asPath(path), rest));
      case ABORT:
        return this.#values.abort(id, third as FailureData);
      case RELEASE:
        if (!isNumber(third)) return;
        return this.#values.givenUp(id, third, path === true ? "forgotten" : "disposed");
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
      this.#values.forget(signals);
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
      this.#values.forget(signals);
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

  #invoke(target: unknown, path: unknown, args: unknown): unknown {
    const { owner, value } = member(this.#values.target(target), asPath(path));
    if (typeof value !== "function") {
      throw new TypeError(`Cannot call '${asPath(path).join(".")}': it is not a function`);
    }
    return Reflect.apply(value, owner, Array.isArray(args) ? args : []);
  }

  #wrong(why: string): Error {
    return wrongWire(`Cannot go on with ${this.#connection.name}`, why);
  }
}

function asPath(path: unknown): unknown[] {
  if (Array.isArray(path) && path.length <= 100) return path;
  throw new TypeError("Cannot reach it: its path is none");
}

/** Once a signal is aborted nobody waits for a call any more: at once, or when it has no answer for so long. */
function abandonBy(signal: AbortSignal, asked: Asked, milliseconds?: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const abandon = () => {
    asked.abandoned = true;
    asked.reject(signal.reason);
  };
  const onAbort = () => milliseconds === undefined ? abandon() : timer = setTimeout(abandon, milliseconds);
  signal.addEventListener("abort", onAbort);
  asked.done.push(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  });
}

/** The signal of options: `{ signal }`. */
function signalOf(arg: unknown): AbortSignal[] {
  if (typeof arg !== "object" || arg === null || !Object.hasOwn(arg, "signal")) return [];
  const { signal } = arg as { signal: unknown };
  return signal instanceof AbortSignal ? [signal] : [];
}
