/** The operating systems that have a C library this project can call. */
export type Os = "linux" | "darwin";

/** The system this process runs on, or undefined where only sockets work (Windows, BSD). */
export function os(): Os | undefined {
  const name = Deno.build.os;
  return name === "linux" || name === "darwin" ? name : undefined;
}

/** `linux` or `darwin`'s value of a constant. Each is a table lookup, so that importing a header does nothing. */
export function perOs<T>(values: Record<Os, T>): T {
  const name = os();
  if (name === undefined) {
    throw new Deno.errors.NotSupported(
      `Pipes, fifos and shared memory need Linux or macOS, and this is ${Deno.build.os}; see support()`,
    );
  }
  return values[name];
}
