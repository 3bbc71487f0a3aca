/** Every Python on this machine: those on PATH, and the versions of a pyenv. */

/** An interpreter that runs. */
export interface Python {
  /** How to start it. */
  command: string;
  /** "3.12". */
  version: string;
  /** Whether its multiprocessing has the handshake of before 3.12. */
  legacy: boolean;
}

/** Each version once; a reason is printed for what was looked for and is not there. */
export async function findPythons(): Promise<Python[]> {
  const asked = await Promise.all([...onPath(), ...ofPyenv()].map(ask));
  const found = new Map<string, Python>();
  for (const python of asked) {
    if (python !== undefined && !found.has(python.version)) found.set(python.version, python);
  }
  for (const major of ["2", "3"]) {
    if (![...found.keys()].some((version) => version.startsWith(`${major}.`))) {
      console.log(`skipped: no Python ${major} is installed`);
    }
  }
  return [...found.values()];
}

function onPath(): string[] {
  return ["python3", "python2", "python2.7", "python"];
}

function ofPyenv(): string[] {
  const root = Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`;
  try {
    return [...Deno.readDirSync(`${root}/versions`)].map(({ name }) => `${root}/versions/${name}/bin/python`)
      .sort();
  } catch {
    return [];
  }
}

async function ask(command: string): Promise<Python | undefined> {
  const program = "import sys, multiprocessing.connection; print('%d.%d' % sys.version_info[:2])";
  try {
    const { success, stdout } = await new Deno.Command(command, { args: ["-c", program], stdin: "null" })
      .output();
    const version = new TextDecoder().decode(stdout).trim();
    if (!success) return undefined;
    const [major, minor] = version.split(".").map(Number);
    return { command, version, legacy: major! < 3 || minor! < 12 };
  } catch {
    return undefined; // It is not there, or may not be run.
  }
}
