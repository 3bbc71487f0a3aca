import { perOs } from "./platform.ts";

/**
 * The C library's functions of one header. It is opened at the first call, not at import: an import asks for no
 * permission, and a script that never comes here needs no `--allow-ffi`.
 */
export function libc<const S extends Deno.ForeignLibraryInterface>(
  symbols: S,
): () => Deno.DynamicLibrary<S>["symbols"] {
  let opened: Deno.DynamicLibrary<S>["symbols"] | undefined;
  return () =>
    opened ??= Deno.dlopen(perOs({ linux: "libc.so.6", darwin: "libSystem.B.dylib" }), symbols).symbols;
}

/** A C string: UTF-8 with its NUL. The caller has refused an inner NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}
