type Module = Record<string, unknown>;

let loaders: Record<string, () => Promise<Module>> = {};

/** Tells how to load the modules that a child was started for: the runtime knows them, and asks for no permission. */
export function setLoaders(known: Record<string, () => Promise<Module>>): void {
  loaders = known;
}

/** A module by its URL. */
export function loadModule(url: string): Promise<Module> {
  return Object.hasOwn(loaders, url) ? loaders[url]!() : import(url);
}
