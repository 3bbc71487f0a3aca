import { assertEquals } from "@std/assert";
import { documentationOf, entryPoints, libraryFiles, readCode } from "./repository.ts";

Deno.test("mod.ts holds re-exports by name and nothing else", () => {
  const rest = readCode("mod.ts").replace(/export (type )?\{[^}]*\} from "[^"]+";/g, "").trim();
  assertEquals(rest, "");
});

// What a public signature mentions is public too: that is found by `deno doc --lint`.
Deno.test("every export of lib/ outside ffi is public, used by another file of lib/, or marked @internal", async () => {
  const files = libraryFiles().filter((file) => !file.startsWith("lib/ffi/"));
  const pages = await documentationOf(["mod.ts", ...libraryFiles()]);
  const published = new Set(
    entryPoints().flatMap((entry) => pages.get(entry)!.exports.flatMap(({ declaredAt }) => declaredAt)),
  );
  const used = new Set([...pages.values()].flatMap(({ imports }) => imports));
  const forgotten = files.flatMap((file) =>
    pages.get(file)!.exports
      .filter(({ declaredAt }) => !declaredAt.some((at) => published.has(at)))
      .filter(({ name, tags }) => !used.has(`${file} ${name}`) && !tags.includes("internal"))
      .map(({ name }) => `${file} exports ${name}`)
  );
  assertEquals(forgotten, []);
});
