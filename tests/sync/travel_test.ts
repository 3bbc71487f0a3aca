/**
 * One of each kind arrives as the same object: in a worker, in children that inherit it, get its token or open its name,
 * and over a socket. Where it arrives it is used together with its creator, which only works with the same one.
 */

import { assertEquals } from "@std/assert";
import { socketPair } from "../../lib/primitives/socket.ts";
import { receiveDescriptors, sendDescriptors, type SharedToken, spawn } from "../../mod.ts";
import {
  createAll,
  EXPECTED,
  meetHere,
  meetThere,
  receiveAll,
  type Shared,
  SOON,
} from "../children/meets.ts";
import { childPath } from "../support/programs.ts";
import { notOnLinux, test } from "../support/shared_memory.ts";
import { ended } from "../support/spawned.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

type Objects = Record<string, Shared>;

/** How they get there; resolves to what the other side says. */
const WAYS: Record<string, (objects: Objects) => Promise<string[]>> = {
  "to a worker": async (objects) => {
    const worker = new Worker(new URL("../children/meets.ts", import.meta.url), { type: "module" });
    try {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(tokensOf(objects));
      return await promise;
    } finally {
      worker.terminate();
    }
  },
  "to a child that inherits them": (objects) => {
    const numbers = Object.keys(objects).map((kind, i) => [kind, 3 + i] as const);
    const fds = Object.fromEntries(numbers.map(([kind, fd]) => [fd, objects[kind]!]));
    return inChild("inherited", Object.fromEntries(numbers), fds);
  },
  "to a child that gets their tokens": (objects) => inChild("from", tokensOf(objects)),
  "over a Unix socket": async (objects) => {
    const [a, b] = socketPair();
    await sendDescriptors(a, new Uint8Array([1]), Object.values(objects));
    using received = await receiveDescriptors(b, { timeout: PATIENCE_MS });
    a.close();
    b.close();
    const kinds = Object.keys(objects).map((kind, i) => [kind, received!.descriptors[i]!] as const);
    return await meetThere(receiveAll(Object.fromEntries(kinds)));
  },
};

const BY_NAME: typeof WAYS = {
  "to a child that opens their names": (objects) =>
    inChild("open", Object.fromEntries(Object.entries(objects).map(([kind, { name }]) => [kind, name]))),
};

function tokensOf(objects: Objects): Record<string, SharedToken> {
  return Object.fromEntries(Object.entries(objects).map(([kind, object]) => [kind, object.share()]));
}

async function inChild(way: string, sources: unknown, fds: Record<number, Shared> = {}): Promise<string[]> {
  const child = spawn(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", childPath("meets.ts"), way, JSON.stringify(sources)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    fds,
  });
  const { code, out, err } = await ended(child);
  assertEquals(code, 0, err);
  return JSON.parse(out);
}

for (const naming of ["with a name", "without a name"]) {
  const ways = naming === "with a name" ? { ...WAYS, ...BY_NAME } : WAYS;
  for (const [way, travel] of Object.entries(ways)) {
    test(
      `objects of all kinds ${naming} travel ${way}`,
      async (prefix) => {
        const objects = createAll(naming === "with a name" ? prefix : undefined);
        try {
          const over = Promise.withResolvers<void>();
          const here = meetHere(objects, over.promise);
          here.catch(() => {}); // When the other side fails first.
          const there = await within(SOON.timeout, "the other side", () => travel(objects));
          over.resolve();
          const said = await within(PATIENCE_MS, "this side", () => here);
          const kinds = Object.keys(EXPECTED);
          assertEquals(Object.fromEntries(kinds.map((kind, i) => [kind, [said[i], there[i]]])), EXPECTED);
        } finally {
          for (const object of Object.values(objects)) {
            if (object.name !== undefined) object.unlink();
            object.close();
          }
        }
      },
      notOnLinux,
      2 * SOON.timeout,
    );
  }
}
