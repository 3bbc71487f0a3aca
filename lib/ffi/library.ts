import { os, perOs } from "./platform.ts";

/** What is missing for calls of the C library; undefined when they can be made. It asks for no permission. */
export function missingForCalls(): string | undefined {
  if (os() === undefined) return `it needs Linux or macOS, and this is ${Deno.build.os}`;
  if (Deno.build.arch !== "x86_64" && Deno.build.arch !== "aarch64") return `${Deno.build.arch} is not known`;
  const [major, minor] = Deno.version.deno.split(".").map(Number) as [number, number];
  if (major < 2 || (major === 2 && minor < 8)) return `it needs Deno 2.8, and this is ${Deno.version.deno}`;
  const { state } = Deno.permissions.querySync({ name: "ffi" });
  return state === "granted" ? undefined : "it needs --allow-ffi";
}

/**
 * The C library's functions of one header. Each is looked up at its first call, which takes some 0.1 ms, and none at
 * import: an import asks for no permission, and a script that never comes here needs no `--allow-ffi`.
 */
export function libc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): () => Deno.DynamicLibrary<S>["symbols"] {
  let opened: Deno.DynamicLibrary<S>["symbols"] | undefined;
  return () => opened ??= later(symbols);
}

/** Functions that put what they stand for in their own place. */
function later<const S extends Deno.ForeignLibraryInterface>(symbols: S): Deno.DynamicLibrary<S>["symbols"] {
  const entries = Object.entries(symbols);
  // Of those that a system may not have, the caller asks whether they are there.
  const optional = Object.fromEntries(entries.filter(([, symbol]) => symbol.optional));
  const functions: Record<string, unknown> = Object.keys(optional).length === 0 ? {} : { ...load(optional) };
  for (const [name, symbol] of entries) {
    if (symbol.optional) continue;
    functions[name] = (...args: unknown[]) => {
      const found = load({ [name]: symbol })[name] as (...args: unknown[]) => unknown;
      functions[name] = found;
      return found(...args);
    };
  }
  return functions as Deno.DynamicLibrary<S>["symbols"];
}

/**
 * The library is closed at once, so that no test's resource sanitizer finds it. That is safe: the functions hold
 * addresses, and the runtime itself is linked with the C library, which therefore stays where it is.
 */
function load<const S extends Deno.ForeignLibraryInterface>(symbols: S): Deno.DynamicLibrary<S>["symbols"] {
  const library = Deno.dlopen(perOs({ linux: "libc.so.6", darwin: "libSystem.B.dylib" }), symbols);
  library.close();
  return library.symbols;
}

/** A C string: UTF-8 with its NUL. The caller has refused an inner NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}
