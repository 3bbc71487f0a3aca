import { pathToFileURL } from "node:url";
import type { ArchivedFile } from "./archive.ts";
import type { Docker } from "./docker.ts";
import { hashOf } from "./hash.ts";
import { exists, importImage } from "./image.ts";
import { offlineBase } from "./offline_base.ts";
import type { Say } from "./say.ts";

const NAME = "ipc-lab-python";

/** What the interpreter knows of itself. */
interface Python {
  executable: string;
  version: string;
  stdlib: string;
  extensions: string;
}

const ASK = `
import json, os, sys, sysconfig
print(json.dumps({
  "executable": os.path.realpath(sys.executable),
  "version": "%d.%d.%d" % sys.version_info[:3],
  "stdlib": sysconfig.get_path("stdlib"),
  "extensions": os.path.join(sysconfig.get_path("platstdlib"), "lib-dynload"),
}))`;

/** Parts of the standard library that no program of the lab uses, and that are large. */
const LEFT_OUT = new Set([
  "__pycache__",
  "config",
  "dist-packages",
  "ensurepip",
  "idlelib",
  "lib2to3",
  "pydoc_data",
  "site-packages",
  "test",
  "tests",
  "tkinter",
  "turtledemo",
]);

/** The name of an image with this machine's Python 3, made unless it is there; or why it cannot be made. */
export async function pythonImage(docker: Docker, say: Say): Promise<{ image: string } | { reason: string }> {
  const python = await localPython();
  if (typeof python === "string") return { reason: python };
  const { size, mtime } = await Deno.stat(python.executable);
  const image = `${NAME}:${await hashOf([JSON.stringify(python), `${size}`, `${mtime?.getTime()}`])}`;
  if (await exists(docker, image)) return { image };
  say(`making an image of this machine's Python ${python.version}`);
  try {
    const library = [...filesBelow(python.stdlib)];
    const extensions = library.filter((path) => path.startsWith(python.extensions) && path.endsWith(".so"));
    const files = library.map((path): ArchivedFile => ({
      path: path.slice(1),
      content: pathToFileURL(path),
    }));
    // Both at its own path, from which it finds its library, and as a command.
    const root = await offlineBase({ [python.executable]: python.executable }, files, extensions);
    await importImage(docker, image, root, [`ENTRYPOINT ${JSON.stringify([python.executable])}`]);
    return { image };
  } catch (error) {
    return { reason: `no image of Python can be made: ${(error as Error).message}` };
  }
}

/** The `python3` of this machine, or why there is none. */
async function localPython(): Promise<Python | string> {
  try {
    const { success, stdout } = await new Deno.Command("python3", { args: ["-c", ASK], stdin: "null" })
      .output();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) as Python : "python3 fails on this machine";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no python3 on this machine";
    throw error;
  }
}

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    if (LEFT_OUT.has(name) || name.startsWith("config-")) continue;
    if (isDirectory) yield* filesBelow(`${folder}/${name}`);
    else if (isFile) yield `${folder}/${name}`;
  }
}
