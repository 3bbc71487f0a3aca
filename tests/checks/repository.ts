/**
 * What the checks know about the repository: where it is, which files make the library, how they import
 * each other, what they export.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { finish } from "../support/watchdog.ts";

/** The repository's folder as a URL, with a slash at the end. */
export const ROOT_URL: string = new URL("../../", import.meta.url).href;

/** The repository's folder as a path, without a slash at the end. */
export const ROOT: string = fileURLToPath(ROOT_URL).replace(/\/$/, "");

/** An import as written, and the file it leads to when that is a file. */
export interface Import {
  /** As written. */
  specifier: string;
  /** Path from the repository's root, or the URL of what is not a file of it. */
  target: string;
}

/** What a file exports and what it takes from other files. */
export interface Page {
  /** Each as `FILE NAME`. */
  imports: string[];
  /** Exported symbols. */
  exports: Exported[];
}

/** An exported symbol. */
export interface Exported {
  /** The exported name. */
  name: string;
  /** What it is: `function`, `class`, `interface` … or `reference` for a re-export. */
  kind: string;
  /** `FILE:LINE:COLUMN` of the declarations. */
  declaredAt: string[];
  /** Tags of its doc comment and of its file's. */
  tags: string[];
}

/** Text of a file of the repository. */
export function read(path: string): string {
  return Deno.readTextFileSync(`${ROOT}/${path}`);
}

/** Text of a source file without its comments. */
export function readCode(path: string): string {
  return read(path).replace(/\/\*[^]*?\*\/|(?<!:)\/\/.*/g, "");
}

/** Every TypeScript file below lib/, as paths from the root. */
export function libraryFiles(folder = "lib"): string[] {
  return [...Deno.readDirSync(`${ROOT}/${folder}`)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? libraryFiles(path) : name.endsWith(".ts") ? [path] : [];
  }).sort();
}

/** The files that are imported from outside: mod.ts, and what brings a package with it. */
export function entryPoints(): string[] {
  return Object.values(config.exports).map((path) => path.replace(/^\.\//, ""));
}

/** The imports of every file that can be reached from `file`, types included. */
export async function importsFrom(file: string): Promise<Map<string, Import[]>> {
  interface Dependency {
    specifier: string;
    code?: { specifier: string };
    type?: { specifier: string };
  }
  const output = await deno("info", "--json", "--no-lock", `${ROOT}/${file}`);
  const { modules } = JSON.parse(output) as { modules: { specifier: string; dependencies?: Dependency[] }[] };
  return new Map(modules.map(({ specifier, dependencies = [] }) => [
    fromRoot(specifier),
    dependencies.map(({ specifier, code, type }) => ({
      specifier,
      target: fromRoot((code ?? type)?.specifier ?? specifier),
    })),
  ]));
}

/** What `deno doc` finds in each of the files. */
export async function documentationOf(files: string[]): Promise<Map<string, Page>> {
  const output = await deno("doc", "--json", ...files.map((file) => `${ROOT}/${file}`));
  const { nodes } = JSON.parse(output) as { nodes: Record<string, DocNode> };
  return new Map(Object.entries(nodes).map(([url, node]) => [fromRoot(url), pageOf(node)]));
}

/** The part of `deno doc --json` that is read here. */
interface DocNode {
  module_doc?: Doc;
  imports?: { originalName: string; src: string }[];
  symbols?: { name: string; declarations: Declaration[] }[];
}

interface Doc {
  tags?: { kind: string }[];
}

interface Declaration {
  location: Location;
  declarationKind: string;
  jsDoc?: Doc;
  kind: string;
  def?: { target?: Location };
}

interface Location {
  filename: string;
  line: number;
  col: number;
}

function pageOf({ module_doc, imports = [], symbols = [] }: DocNode): Page {
  const at = ({ filename, line, col }: Location) => `${fromRoot(filename)}:${line + 1}:${col + 1}`;
  const tagsOf = (doc?: Doc) => doc?.tags?.map(({ kind }) => kind) ?? [];
  return {
    imports: imports.map(({ src, originalName }) => `${fromRoot(src)} ${originalName}`),
    exports: symbols
      .filter(({ declarations }) => declarations.some(({ declarationKind }) => declarationKind === "export"))
      .map(({ name, declarations }) => ({
        name,
        kind: declarations[0]!.kind,
        declaredAt: declarations.map(({ def, location }) => at(def?.target ?? location)),
        tags: [module_doc, ...declarations.map(({ jsDoc }) => jsDoc)].flatMap(tagsOf),
      })),
  };
}

/** Runs deno and returns what it printed. */
async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await finish(Deno.execPath(), { args, cwd: ROOT, env: { NO_COLOR: "1" } });
  if (code !== 0) throw new Error(`deno ${args[0]} failed: ${stderr}`);
  return stdout;
}

function fromRoot(url: string): string {
  return url.startsWith(ROOT_URL) ? url.slice(ROOT_URL.length) : url;
}
