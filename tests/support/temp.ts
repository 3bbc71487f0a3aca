/** Names for what tests create outside the process: unique, so that runs side by side never meet. */

/** A temporary folder, removed with all it holds when disposed. */
export interface TempDir extends Disposable {
  /** Absolute path. */
  readonly path: string;
  /** Absolute path of a name inside. */
  join(...names: string[]): string;
}

/** Makes a temporary folder: `using dir = tempDir();`. */
export function tempDir(): TempDir {
  const path = Deno.makeTempDirSync({ prefix: "ipc-test-" });
  return {
    path,
    join: (...names) => [path, ...names].join("/"),
    [Symbol.dispose]() {
      try {
        Deno.removeSync(path, { recursive: true });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  };
}

/** A name that no other test, process or run uses. */
export function uniqueName(prefix = "ipc-test"): string {
  return `${prefix}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}
