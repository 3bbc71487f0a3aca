/** What a module exports. */
export type Module = Record<string, unknown>;

let loaders: Record<string, () => Promise<Module>> = {};

/** Tells how to load the modules that a child was started for: the runtime knows them, and asks for no permission. */
export function setLoaders(known: Record<string, () => Promise<Module>>): void {
  loaders = known;
}

/** A module by its URL. */
export function loadModule(url: string): Promise<Module> {
  return Object.hasOwn(loaders, url) ? loaders[url]!() : import(url);
}

/** A function that a module exports. */
// deno-lint-ignore no-explicit-any -- Whatever the module exports.
export function functionOf(module: Module, entry: string, url: string): (...args: any[]) => unknown {
  const found = Object.hasOwn(module, entry) ? module[entry] : undefined;
  if (typeof found === "function") return found as () => unknown;
  const names = Object.keys(module).filter((name) => typeof module[name] === "function");
  const what = found === undefined ? "it has no such export" : "that is not a function";
  throw new TypeError(
    `Cannot run '${entry}' of ${url.slice(0, 200)}: ${what}; its functions are: ${
      names.join(", ") || "none"
    }`,
  );
}
