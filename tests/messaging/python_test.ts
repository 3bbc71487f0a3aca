/** Our connections and those of every Python on this machine. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { Connection, Listener } from "../../mod.ts";
import type { TestChild } from "../support/children.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { errorOf } from "../support/errors.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { findPythons, type Python } from "../support/pythons.ts";
import { tempDir } from "../support/temp.ts";
import { within } from "../support/watchdog.ts";

const PATIENCE_MS = 60_000;
const KEY = "the kéy";
const SIZES = [0, 1, 16384, 16385, 1 << 20];
/** Only without a key: once is enough for what takes so long. */
const LARGEST = pattern(64 << 20);

for (const python of await findPythons()) {
  for (const family of ["AF_UNIX", "AF_INET"]) {
    const test = (what: string, body: (folder: string) => Promise<void>) => {
      const name = `${what} (${python.version}, ${family})`;
      Deno.test(name, () =>
        assertNoLeak(() =>
          within(PATIENCE_MS, name, async () => {
            using dir = tempDir();
            await body(dir.path);
          })
        ));
    };

    test("Python's Client and our Listener exchange messages of all sizes, without a key", async (folder) => {
      assertEquals(await clientOf(python, listening(family, folder, undefined, false), "-"), "done\n");
    });

    test("Python's Client and our Listener exchange messages of all sizes, with a key", async (folder) => {
      assertEquals(await clientOf(python, listening(family, folder, KEY, python.legacy), KEY), "done\n");
    });

    test("Python's Client with a wrong key is sent away by our Listener", async (folder) => {
      const rejected: Error[] = [];
      const listener = listening(family, folder, KEY, python.legacy, (error) => rejected.push(error));
      assertEquals(
        await clientOf(python, listener, "wrong"),
        "AuthenticationError digest sent was rejected\n",
      );
      assertStringIncludes(rejected[0]!.message, "its answer is wrong: the keys differ");
    });

    test("our client and Python's Listener exchange messages of all sizes, without a key", async (folder) => {
      await using server = await Server.start(python, family, "-", folder);
      await exchange(await Connection.connect(server.address, { codec: "bytes" }), [
        ...SIZES,
        LARGEST.length,
      ]);
      assertStringIncludes(await server.finished(), "\ndone\n");
    });

    test("our client and Python's Listener exchange messages of all sizes, with a key", async (folder) => {
      await using server = await Server.start(python, family, KEY, folder);
      const options = { codec: "bytes", authKey: KEY, allowLegacyAuth: python.legacy } as const;
      await exchange(await Connection.connect(server.address, options), SIZES);
      assertStringIncludes(await server.finished(), "\ndone\n");
    });

    test("our client with a wrong key is sent away by Python's Listener", async (folder) => {
      await using server = await Server.start(python, family, KEY, folder);
      const options = { authKey: "wrong", allowLegacyAuth: python.legacy };
      const error = await errorOf(() => Connection.connect(server.address, options));
      assert(error instanceof Deno.errors.PermissionDenied, `${error}`);
      assertStringIncludes(error.message, "it refuses our answer: the keys differ");
      assertStringIncludes(await server.finished(), "\nAuthenticationError digest received was wrong");
    });

    if (!python.legacy) continue;

    test("Python's older handshake is refused by our Listener, which names the option", async (folder) => {
      const rejected: Error[] = [];
      const listener = listening(family, folder, KEY, false, (error) => rejected.push(error));
      assertEquals(await clientOf(python, listener, KEY), "AuthenticationError digest sent was rejected\n");
      assertStringIncludes(rejected[0]!.message, "allowLegacyAuth");
    });

    test("Python's older handshake is refused by our client, which names the option", async (folder) => {
      await using server = await Server.start(python, family, KEY, folder);
      const error = await errorOf(() => Connection.connect(server.address, { authKey: KEY }));
      assert(error instanceof Deno.errors.PermissionDenied, `${error}`);
      assertStringIncludes(error.message, "allowLegacyAuth");
      assertStringIncludes(await server.finished(), "\nEOFError");
    });
  }
}

function listening(
  family: string,
  folder: string,
  authKey: string | undefined,
  allowLegacyAuth: boolean,
  onRejected?: (error: Error) => void,
): Listener<"bytes"> {
  const address = family === "AF_UNIX" ? `unix:${folder}/socket` : "tcp://127.0.0.1:0";
  return new Listener(address, { codec: "bytes", authKey, allowLegacyAuth, onRejected });
}

/** Serves Python's client with an echo, and returns what it said. */
async function clientOf(python: Python, listener: Listener<"bytes">, key: string): Promise<string> {
  await using _ = listener;
  const serving = (async () => {
    for await (const connection of listener) {
      for await (const message of connection) {
        if (message.length === 3 && new TextDecoder().decode(message) === "bye") break;
        await connection.send(message);
      }
      await connection[Symbol.asyncDispose]();
    }
  })();
  const address = (await listener.ready).replace(/^(unix:|tcp:\/\/)/, "");
  await using child = startProgram(python.command, childPath("connection_peer.py"), "client", address, key);
  const said = await child.finished(0, PATIENCE_MS);
  listener.close();
  await serving;
  return said;
}

/** Sends an echo server messages, and says goodbye. */
async function exchange(connection: Connection<Uint8Array>, sizes: number[]): Promise<void> {
  await using _ = connection;
  assertEquals(await connection.poll(), false);
  for (const size of sizes) {
    const message = LARGEST.subarray(0, size);
    const sending = connection.sendBytes(message);
    assertEquals(await connection.poll({ timeout: PATIENCE_MS }), true);
    const back = await connection.recvBytes();
    assert(Buffer.compare(back, message) === 0, `${back.length} bytes came back of ${size}`);
    await sending;
  }
  const numbers = Array.from({ length: 100 }, (_, i) => new Uint8Array([i]));
  await Promise.all(numbers.map((number) => connection.send(number)));
  for (const number of numbers) assertEquals(await connection.recv(), number);
  await connection.send(new TextEncoder().encode("bye"));
  const end = await errorOf(() => connection.recv());
  assert(end instanceof Deno.errors.UnexpectedEof, `${end}`);
}

/** Python's Listener. */
class Server implements AsyncDisposable {
  readonly address: string;
  readonly #child: TestChild;

  private constructor(child: TestChild, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(python: Python, family: string, key: string, folder: string): Promise<Server> {
    const args = [childPath("connection_peer.py"), "serve", family, key, `${folder}/socket`];
    const child = startProgram(python.command, ...args);
    try {
      await child.printed("\n");
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
    const at = child.stdout.trim();
    return new Server(child, family === "AF_UNIX" ? `unix:${at}` : `tcp://${at}`);
  }

  /** What it said. */
  async finished(): Promise<string> {
    return await this.#child.finished(0, PATIENCE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
