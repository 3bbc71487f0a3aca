import { assert, assertEquals } from "@std/assert";
import { entryPoints, type Import, importsFrom, libraryFiles, readCode } from "./repository.ts";

/** Lowest first: a room may use itself and those before it. */
const ROOMS = ["ffi", "primitives", "sync", "messaging", "process"];

/** Used by every room; of the rooms they may use the lowest. */
const GROUND = ["lib/errors.ts", "lib/options.ts"];

Deno.test("every room of lib/ imports only rooms below it", async () => {
  const wrong = (await libraryImports()).filter(({ file, target }) =>
    target.startsWith("lib/") && rank(target) > rank(file)
  );
  assertEquals(wrong.map(show), []);
});

Deno.test("every folder of lib/ is a room with a place in the order", () => {
  const folders = new Set(libraryFiles().map(roomOf).filter((room) => room !== undefined));
  assertEquals([...folders].filter((room) => !ROOMS.includes(room)), []);
});

Deno.test("nothing in lib/ imports a file outside lib/", async () => {
  const wrong = (await libraryImports()).filter(({ target }) => !/^(lib\/|node:|npm:)/.test(target));
  assertEquals(wrong.map(show), []);
});

Deno.test("what mod.ts reaches uses relative specifiers and node: builtins only", async () => {
  const graph = await importsFrom("mod.ts");
  assert(graph.has("mod.ts"), "The import graph lacks mod.ts");
  const wrong = edges(graph).filter(({ specifier }) => !/^(\.\.?\/|node:)/.test(specifier));
  assertEquals(wrong.map(show), []);
});

Deno.test("only an entry point of its own imports a package from npm", async () => {
  const apart = entryPoints().filter((entry) => entry !== "mod.ts");
  const wrong = (await libraryImports()).filter(({ file, specifier }) =>
    specifier.startsWith("npm:") && !apart.includes(file)
  );
  assertEquals(wrong.map(show), []);
});

Deno.test("only lib/ffi says Deno.dlopen or Deno.Unsafe", () => {
  const wrong = libraryFiles()
    .filter((file) =>
      roomOf(file) !== "ffi" && /\bDeno\s*(\?\.|\.|\[\W*)\s*(dlopen|Unsafe)/.test(readCode(file))
    );
  assertEquals(wrong, []);
});

interface Edge extends Import {
  file: string;
}

function edges(graph: Map<string, Import[]>): Edge[] {
  return [...graph].flatMap(([file, imports]) => imports.map((found) => ({ file, ...found })));
}

/** Every import written in a file of lib/, also in files that mod.ts does not reach. */
async function libraryImports(): Promise<Edge[]> {
  const seen = new Map<string, Import[]>();
  for (const file of libraryFiles()) {
    if (seen.has(file)) continue;
    for (const [reached, imports] of await importsFrom(file)) seen.set(reached, imports);
  }
  return edges(seen).filter(({ file }) => file.startsWith("lib/"));
}

function roomOf(file: string): string | undefined {
  return file.match(/^lib\/([^/]+)\//)?.[1];
}

function rank(file: string): number {
  if (GROUND.includes(file)) return 0;
  const room = roomOf(file);
  return room === undefined ? ROOMS.length : ROOMS.indexOf(room);
}

function show({ file, specifier }: Edge): string {
  return `${file} imports ${specifier}`;
}
