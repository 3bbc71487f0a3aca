/** Who this process is, for a process that {@linkcode Process} started. */
interface Identity {
  /** As Python names them: MainProcess, Process-1, and the second child of that one Process-1:2. */
  readonly name: string;
  /** Whether its parent can end without waiting for it. */
  readonly daemon: boolean;
  /** Who started it; undefined for a process that was started in another way. */
  readonly parent: { readonly pid: number; readonly name: string } | undefined;
}

let own: Identity = { name: "MainProcess", daemon: false, parent: undefined };

/** Who this process is. */
export function identity(): Identity {
  return own;
}

/** Tells, once and before any other code runs. */
export function identify(as: Identity): void {
  own = as;
}
