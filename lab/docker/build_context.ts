import dockerignore from "npm:@balena/dockerignore@1";
import type { ArchivedFile } from "./archive.ts";

const ROOT = new URL("../../", import.meta.url);

/** The files that `docker build` gets to see: the repository without what .dockerignore leaves out, by path. */
export async function buildContext(): Promise<ArchivedFile[]> {
  const ignored = dockerignore.default({ ignorecase: false }).add(
    await Deno.readTextFile(new URL(".dockerignore", ROOT)),
  );
  const paths: string[] = [];
  for await (const path of filesBelow(ROOT)) if (!ignored.ignores(path)) paths.push(path);
  return await Promise.all(
    paths.sort().map(async (path) => ({
      path,
      content: await Deno.readFile(new URL(path, ROOT)),
    })),
  );
}

/** Hidden folders aside, which hold nothing that an image could need, but may hold much. */
async function* filesBelow(folder: URL, prefix = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    if (isFile) yield prefix + name;
    else if (isDirectory && !name.startsWith(".") && name !== "node_modules") {
      yield* filesBelow(new URL(`${encodeURIComponent(name)}/`, folder), `${prefix}${name}/`);
    }
  }
}
