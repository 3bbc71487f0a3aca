/**
 * One body of tests for every way to get a connection: with a descriptor of its own, and on the runtime's.
 *
 * @module
 */
import { socketPair } from "../../lib/primitives/socket.ts";
import { connect, listen, type SocketListener, type SocketStream } from "../../mod.ts";
import { assertNoLeak } from "./descriptors.ts";
import { tempDir, uniqueName } from "./temp.ts";
import { PATIENCE_MS, within } from "./watchdog.ts";

/** Both sides of one connection, closed when the test is done. */
export interface Connected {
  /** Who connected. */
  client: SocketStream;
  /** Who accepted. */
  server: SocketStream;
  /** Whether they have descriptors of their own. */
  own: boolean;
}

/** A kind of address, and whether FFI is granted. */
interface Way {
  /** An address in the folder. */
  address?: (folder: string) => string;
  own: boolean;
  ffi: boolean;
}

const WAYS: Record<string, Way> = {
  "tcp": { address: () => "tcp://127.0.0.1:0", own: true, ffi: true },
  "tcp without FFI": { address: () => "tcp://127.0.0.1:0", own: false, ffi: false },
  "unix": { address: (folder) => `unix:${folder}/socket`, own: true, ffi: true },
  "unix without FFI": { address: (folder) => `unix:${folder}/socket`, own: false, ffi: false },
  "pair": { own: true, ffi: true },
};

const ABSTRACT: Record<string, Way> = Deno.build.os !== "linux" ? {} : {
  "abstract": { address: () => `unix:@${uniqueName()}`, own: true, ffi: true },
  "abstract without FFI": { address: () => `unix:@${uniqueName()}`, own: false, ffi: false },
};

/** A test of what every connection promises; it must leave no descriptor open. */
export function testStreams(promise: string, body: (sides: Connected) => Promise<void>): void {
  for (const [name, way] of Object.entries(WAYS)) {
    define(`${promise} (${name})`, way, async (folder) => {
      const sides = await connected(way, folder);
      try {
        await body({ ...sides, own: way.own });
      } finally {
        await Promise.all([sides.client[Symbol.asyncDispose](), sides.server[Symbol.asyncDispose]()]);
      }
    });
  }
}

/** A test of what every listener promises; the listener is closed when the test is done. */
export function testListeners(
  promise: string,
  body: (listener: SocketListener, own: boolean) => Promise<void>,
): void {
  for (const [name, way] of Object.entries({ ...WAYS, ...ABSTRACT })) {
    const { address } = way;
    if (address === undefined) continue;
    define(`${promise} (${name})`, way, async (folder) => {
      await using listener = await listen(address(folder));
      await body(listener, way.own);
    });
  }
}

/** A test of what socket files promise, be they made by our calls or by the runtime's. */
export function testSocketFiles(
  promise: string,
  body: (path: string, folder: string) => Promise<void>,
): void {
  for (const name of ["unix", "unix without FFI"]) {
    define(`${promise} (${name})`, WAYS[name]!, (folder) => body(`${folder}/socket`, folder));
  }
}

function define(name: string, { ffi }: Way, body: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    using folder = tempDir();
    using _ = ffi ? undefined : withoutFfi();
    await assertNoLeak(() => within(PATIENCE_MS, name, () => body(folder.path)));
  });
}

/**
 * Lets the library find that FFI is not granted. A test with that permission really taken could not count its
 * descriptors; tests/primitives/socket_permissions_test.ts runs scripts that really lack it.
 */
export function withoutFfi(): Disposable {
  const query = Deno.permissions.querySync;
  Deno.permissions.querySync = (permission) => {
    const status = query.call(Deno.permissions, permission);
    return permission.name === "ffi" ? Object.create(status, { state: { value: "denied" } }) : status;
  };
  return {
    [Symbol.dispose]() {
      Deno.permissions.querySync = query;
    },
  };
}

async function connected(
  { address }: Way,
  folder: string,
): Promise<{ client: SocketStream; server: SocketStream }> {
  if (address === undefined) {
    const [client, server] = socketPair();
    return { client, server };
  }
  await using listener = await listen(address(folder));
  const [client, server] = await Promise.all([connect(listener.address), listener.accept()]);
  return { client, server };
}

/** Everything until the end, as text. */
export async function textUntilEnd(stream: SocketStream): Promise<string> {
  return new TextDecoder().decode(await bytesUntilEnd(stream));
}

/** Everything until the end. */
export async function bytesUntilEnd(stream: SocketStream): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const p = new Uint8Array(65536);
    const count = await stream.read(p);
    if (count === null) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(p.subarray(0, count));
  }
}

/** Exactly so many bytes. */
export async function readExactly(stream: SocketStream, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const p = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await stream.read(p.subarray(at));
    if (count === null) throw new Error(`The stream ended after ${at} of ${length} bytes`);
    at += count;
  }
  return p;
}

/** Writes until the other side's buffers are full: the promise of the write that waits, and how to end it. */
export function fillUp(stream: SocketStream): { waiting: Promise<unknown>; stop: AbortController } {
  const stop = new AbortController();
  const waiting = (async () => {
    const part = new Uint8Array(65536);
    for (;;) await stream.write(part, { signal: stop.signal });
  })();
  return { waiting, stop };
}
