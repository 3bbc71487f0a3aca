import { fileURLToPath } from "node:url";
import { finish } from "../support/watchdog.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A copy of what the lab runs from, to be changed: `await using copy = await RepositoryCopy.make();`. */
export class RepositoryCopy implements AsyncDisposable {
  /** Its folder, not below /tmp, of which a bare machine has another one. Without a slash at its end. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one. */
  static async make(): Promise<RepositoryCopy> {
    const copy = new RepositoryCopy(await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ipc-test-" }));
    for (const name of ["deno.json", "Dockerfile", "mod.ts", "lib", "lab", ".dockerignore"]) {
      await finish("cp", { args: ["-R", ROOT + name, copy.path] });
    }
    return copy;
  }

  /** The lab of the copy. */
  get main(): string {
    return `${this.path}/lab/main.ts`;
  }

  /** Puts scenarios in the place of its own: what their `run(lab)` does, by name, and a limit in ms. */
  async haveScenarios(scenarios: Record<string, { run: string; limit?: number }>): Promise<void> {
    const folder = `${this.path}/lab/scenarios`;
    for (const { name, isFile } of [...Deno.readDirSync(folder)]) {
      if (isFile) await Deno.remove(`${folder}/${name}`);
    }
    for (const [name, { run, limit = 30_000 }] of Object.entries(scenarios)) {
      const head = `title: "it ${name}", shows: "", limit: ${limit},`;
      const module = `export default { ${head} async run(lab) { ${run} } };`;
      await Deno.writeTextFile(`${folder}/${name}.ts`, module);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
