import { assert, assertEquals } from "@std/assert";
import { importMapFlags } from "../../lab/offline/flags.ts";
import { finish } from "../support/watchdog.ts";
import { documentationOf, libraryFiles, read, ROOT } from "./repository.ts";

const PAGES = ["mod.ts", "README.md", ...libraryFiles()];

Deno.test("every example in the docs and the README runs", async () => {
  const { code, stdout, stderr } = await finish(Deno.execPath(), {
    args: ["test", "--doc", "-A", "--no-lock", ...await importMapFlags(), ...PAGES],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }, 300_000);
  assert(code === 0, `${stdout}${stderr}`);
  const ran = Number(stdout.match(/^ok \| (\d+) passed/m)?.[1]);
  assertEquals(ran, PAGES.flatMap(examplesIn).length);
});

Deno.test("no example is marked to be left out", () => {
  const left = PAGES.flatMap((page) =>
    examplesIn(page).filter((fence) => /\bignore\b/.test(fence)).map((fence) => `${page}: ${fence}`)
  );
  assertEquals(left, []);
});

Deno.test("every public function and class has an example, Sync twins aside", async () => {
  const pages = await documentationOf(["mod.ts", ...libraryFiles()]);
  const declared = [...pages.values()].flatMap(({ exports }) => exports)
    .filter(({ kind, tags }) => (kind === "function" || kind === "class") && !tags.includes("example"));
  const bare = new Set(declared.flatMap(({ declaredAt }) => declaredAt));
  const without = pages.get("mod.ts")!.exports
    .filter(({ name, declaredAt }) => !name.endsWith("Sync") && declaredAt.some((at) => bare.has(at)));
  assertEquals(without.map(({ name }) => name), []);
});

/** The opening fences of TypeScript code blocks. */
function examplesIn(page: string): string[] {
  return read(page).match(/^[ *]*```(ts|typescript|js|javascript)\b.*$/gm) ?? [];
}
