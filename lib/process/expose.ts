import { Connection } from "../messaging/connection.ts";
import { hasMembers } from "./members.ts";
import { Peer } from "./peer.ts";
import { placeOf, type Remote } from "./remote.ts";

/**
 * Lets the other side of a connection call the methods of an object, and read and set its properties:
 * {@linkcode wrap} there.
 *
 * - Who is on the other side can call everything that is exposed, as often as it likes: expose nothing that it may not do,
 *   and connect with an `authKey`.
 * - Exposed are own properties and methods, and those of its own classes. What objects, functions, arrays, maps … have by
 *   nature is not reachable, nor is a name that begins with an underscore, nor constructors and prototypes.
 * - Arguments and results travel by structured clone: objects arrive as copies. Functions, async iterables, generators
 *   and what {@linkcode byReference} marks travel by reference, and are called where they are: callbacks return promises.
 *   An AbortSignal among the arguments is one there, too. Handles of this library travel as themselves, those with
 *   descriptors over connections with the option `handles`.
 * - Calls go on at once, in the order of their arrival: a long one delays no other.
 * - What a method throws, the caller's promise rejects with: class, message, properties, cause and remote stack.
 * - The other side can take so much of this one and no more: 10,000 calls that go on, 10,000 references in a message,
 *   100,000 that it has not given up, and four times the connection's `maxMessageSize` (64 MiB at least) in arguments and
 *   in answers that it does not read. Further calls wait, then they are `Deno.errors.Busy`, and at last the connection is
 *   ended. How much the exposed methods keep is theirs.
 *
 * The connection's messages are calls from now on: `recv` is not for anybody else. Both sides can expose, and wrap.
 *
 * @returns Resolves when the connection has ended.
 * @throws {TypeError} The object has nothing that could be reached, or the connection has an object exposed already
 *
 * @example
 * ```ts
 * import { connectionPair, expose, wrap } from "@ipc/ipc";
 *
 * const api = {
 *   add: (a: number, b: number) => a + b,
 *   async *count(to: number) {
 *     for (let i = 1; i <= to; i++) yield i;
 *   },
 *   version: "1.0",
 * };
 * const [here, there] = connectionPair();
 * void expose(api, there);
 *
 * const remote = wrap<typeof api>(here);
 * console.log(await remote.add(1, 2), await remote.version);
 * for await (const n of remote.count(3)) console.log(n);
 * here.close();
 * ```
 */
export function expose(object: object, connection: Connection): Promise<void> {
  mustBeConnection(connection);
  const isObject = (typeof object === "object" || typeof object === "function") && object !== null;
  if (!isObject || (typeof object === "object" && !hasMembers(object))) {
    const what = isObject ? "nothing of it could be reached" : `${object} has no members`;
    throw new TypeError(`Cannot expose that: ${what}; give an object with methods or properties of its own`);
  }
  const peer = Peer.of(connection);
  if (peer.root !== undefined) throw new TypeError("Cannot expose a second object over one connection");
  peer.root = object;
  return peer.ended;
}

/**
 * The object that the other side of a connection exposes: its methods return promises, its properties are promises.
 * See {@linkcode expose}.
 *
 * - Its type is the caller's word: `wrap<typeof api>(connection)`.
 * - A call with an AbortSignal as an argument rejects with its reason when it is aborted, and the method's own signal is
 *   aborted. With one in options, `{ signal }`, the method's answer to that counts, as what it has may be on its way, for up
 *   to a second.
 * - When the connection ends, calls reject: with `Deno.errors.UnexpectedEof` when the other side has left.
 * - As long as the connection is open it keeps this process running.
 *
 * @example
 * ```ts
 * import { Connection, expose, Listener, wrap } from "@ipc/ipc";
 *
 * const api = { greet: async (name: string, shout: (text: string) => unknown) => await shout(`hello ${name}`) };
 * await using listener = new Listener("tcp://127.0.0.1:0", { authKey: "secret" });
 * void (async () => {
 *   for await (const client of listener) void expose(api, client);
 * })();
 * await using connection = await Connection.connect(await listener.ready, { authKey: "secret" });
 * const remote = wrap<typeof api>(connection);
 * console.log(await remote.greet("you", (text) => text.toUpperCase()));
 * ```
 */
export function wrap<T>(connection: Connection): Remote<T> {
  mustBeConnection(connection);
  return Peer.of(connection).remote() as Remote<T>;
}

/**
 * Sets a property of a remote object. It must be there, and be neither a method nor read-only.
 *
 * @param remote From {@linkcode wrap}, a reference, or a part of one: `remote.settings`.
 * @throws {TypeError} It cannot be set
 *
 * @example
 * ```ts
 * import { connectionPair, expose, setProperty, wrap } from "@ipc/ipc";
 *
 * const settings = { colour: "red" };
 * const [here, there] = connectionPair();
 * void expose(settings, there);
 * await setProperty(wrap<typeof settings>(here), "colour", "blue");
 * console.log(settings.colour);
 * here.close();
 * ```
 */
export async function setProperty<R extends object, K extends string & keyof R>(
  remote: R,
  key: K,
  value: Awaited<R[K]>,
): Promise<void> {
  const place = placeOf(remote);
  if (place === undefined) throw new TypeError("Cannot set a property: that is no remote object");
  const peer = place.asker as Peer;
  await peer.set({ target: place.target, path: [...place.path, key] }, value);
}

function mustBeConnection(connection: unknown): asserts connection is Connection {
  if (!(connection instanceof Connection)) throw new TypeError("Calls go over a Connection");
}
