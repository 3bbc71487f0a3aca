/** Languages that a contestant can be written in. */
export type Language = "deno" | "node" | "python" | "c" | "c++";

/** A contestant's program: a file in contestants/ and the language that runs it. */
export interface Program {
  readonly language: Language;
  readonly file: string;
  /** What it is told behind all the rest: which of its variants to be. */
  readonly variant?: readonly string[];
  /** What it needs from npm, installed into the run's own folder. Node only. */
  readonly needs?: string;
  /** What it is linked with, and the package of Debian that has that. C and C++ only. */
  readonly links?: readonly string[];
  readonly debian?: string;
}

/** A command line up to the program's own arguments. */
export interface Command {
  readonly path: string;
  readonly args: readonly string[];
}

/** A program cannot run here; the message is the reason that the table shows. */
export class CannotRunError extends Error {
  override name = "CannotRunError";
}

/** How long npm may take. */
const INSTALL_WITHIN_MS = 30_000;

const FOLDER = new URL("./contestants/", import.meta.url);

// Asked of the interpreter itself: what is on PATH may be a slow wrapper script that starts the real one.
const PROBES: Record<Exclude<Language, "deno">, readonly [string, ...string[]]> = {
  node: ["node", "-p", "process.execPath + '\\n' + process.version"],
  python: ["python3", "-c", "import sys, platform; print(sys.executable); print(platform.python_version())"],
  c: ["cc", "--version"],
  "c++": ["c++", "--version"],
};

/** Finds interpreters and the compiler, each looked for once, and builds what has to be built. */
export class Runtimes {
  readonly #folder: string;
  readonly #found = new Map<Language, Promise<{ path: string; version: string }>>();
  readonly #built = new Map<string, Promise<string>>();
  /** Whether npm took too long: it would again. */
  #slow = false;

  /** @param folder where compiled programs go */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How to start a program; rejects with a {@linkcode CannotRunError} when that is impossible here. */
  async command(program: Program): Promise<Command> {
    const { language, file, needs } = program;
    const source = decodeURIComponent(new URL(file, FOLDER).pathname);
    if (language === "deno") {
      // As an importer by URL has it: no config and no lock file to look for.
      return { path: Deno.execPath(), args: ["run", "--quiet", "--no-config", "--no-prompt", "-A", source] };
    }
    const { path } = await this.#find(language);
    if (needs !== undefined) {
      return { path, args: [await this.#once(file, () => this.#install(needs, source, file))] };
    }
    if (!isCompiled(language)) return { path, args: [source] };
    return { path: await this.#once(file, () => this.#compile(path, source, program)), args: [] };
  }

  #once(file: string, build: () => Promise<string>): Promise<string> {
    let built = this.#built.get(file);
    if (built === undefined) this.#built.set(file, built = build());
    return built;
  }

  /** The versions of the runtimes that were looked for and found. */
  async versions(): Promise<Record<string, string>> {
    const versions: Record<string, string> = { deno: Deno.version.deno };
    for (const [language, found] of this.#found) {
      const version = (await found.catch(() => undefined))?.version;
      if (version !== undefined) versions[language] = version;
    }
    return versions;
  }

  #find(language: Exclude<Language, "deno">): Promise<{ path: string; version: string }> {
    let found = this.#found.get(language);
    if (found === undefined) this.#found.set(language, found = probe(language));
    return found;
  }

  async #compile(compiler: string, source: string, { links = [], debian }: Program): Promise<string> {
    const target = `${this.#folder}/${basename(source)}.out`;
    const args = ["-O2", "-o", target, source, ...links.map((library) => `-l${library}`)];
    const { success, stderr } = await new Deno.Command(compiler, { args, env: { LC_ALL: "C" } }).output();
    if (success) return target;
    const wants = debian === undefined ? "" : ` (Debian has what it needs in ${debian})`;
    throw new CannotRunError(`${compiler} cannot compile it${wants}: ${firstError(stderr)}`);
  }

  /** Puts a program where it finds a package of npm, as Node looks for packages beside the program. */
  async #install(needs: string, source: string, name: string): Promise<string> {
    if (this.#slow) throw new CannotRunError(`npm cannot install ${needs}: it took too long before`);
    const folder = `${this.#folder}/${name}.npm`;
    await Deno.mkdir(folder);
    await Deno.copyFile(source, `${folder}/${name}`);
    const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--silent", needs];
    const signal = AbortSignal.timeout(INSTALL_WITHIN_MS);
    try {
      const { success, stderr } = await new Deno.Command("npm", { args, signal }).output();
      if (success) return `${folder}/${name}`;
      this.#slow = signal.aborted;
      throw new CannotRunError(
        `npm cannot install ${needs}${signal.aborted ? " in time" : `: ${firstLine(stderr)}`}`,
      );
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new CannotRunError("no npm on PATH");
      throw error;
    }
  }
}

function isCompiled(language: Language): boolean {
  return language === "c" || language === "c++";
}

async function probe(language: Exclude<Language, "deno">): Promise<{ path: string; version: string }> {
  const [name, ...args] = PROBES[language];
  try {
    const { success, stdout, stderr } = await new Deno.Command(name, { args, stdin: "null" }).output();
    if (!success) throw new CannotRunError(`${name} does not work: ${firstLine(stderr)}`);
    const [first = "", second = ""] = new TextDecoder().decode(stdout).split("\n");
    // Deno stands in for a missing node, and would be measured twice.
    if (first === Deno.execPath()) throw new CannotRunError(`no ${name} on PATH`);
    return isCompiled(language) ? { path: name, version: first } : { path: first, version: second };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new CannotRunError(`no ${name} on PATH`);
    throw error;
  }
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Where a compiler says what it misses: the lines before tell who included whom. */
function firstError(output: Uint8Array): string {
  const lines = new TextDecoder().decode(output).trim().split("\n");
  return lines.find((line) => /error|cannot/.test(line)) ?? lines[0] ?? "";
}

function firstLine(output: Uint8Array): string {
  return new TextDecoder().decode(output).trim().replace(/\n[^]*/, "");
}
