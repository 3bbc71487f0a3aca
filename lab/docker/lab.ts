import { archive } from "./archive.ts";
import { LabContainer } from "./container.ts";
import { type ContainerOptions, hostConfigOf, spacesOf, traitsOf } from "./container_options.ts";
import { type Docker, LAB_LABEL, RUN_LABEL, SCENARIO_LABEL, unless } from "./docker.ts";
import { EngineContainer } from "./engine_container.ts";
import type { Tell } from "./events.ts";
import type { LabNetwork, LabVolume } from "./network.ts";
import { SkipError } from "./skip_error.ts";

const LAB_FOLDER = new URL("../", import.meta.url);

/** What a scenario runs with. */
export interface LabSettings {
  /** The engine. */
  docker: Docker;
  /** The run's id. */
  run: string;
  /** The run's folder on this machine. */
  folder: string;
  /** The scenario's name. */
  scenario: string;
  /** The lab's image. */
  image: string;
  /** The image with Python, or why there is none. */
  python: { image: string } | { reason: string };
  /** Gets what happens. */
  tell: Tell;
}

/** What a scenario makes its containers, networks and volumes with. All of it is removed when the scenario ends. */
export class Lab implements AsyncDisposable {
  readonly #settings: LabSettings;
  readonly #labels: Record<string, string>;
  readonly #prefix: string;
  readonly #containers: LabContainer[] = [];
  readonly #networks: LabNetwork[] = [];
  readonly #volumes: LabVolume[] = [];
  readonly #folders: string[] = [];
  #made = 0;

  /** @internal */
  constructor(settings: LabSettings) {
    this.#settings = settings;
    const { run, scenario } = settings;
    this.#prefix = `ipc-lab-${run}-${scenario}`;
    this.#labels = { [LAB_LABEL]: "scenario", [RUN_LABEL]: run, [SCENARIO_LABEL]: scenario };
  }

  /** The image with Python 3, for containers that need more than a `.py` program; skips where there is none. */
  get pythonImage(): string {
    const { python } = this.#settings;
    if ("reason" in python) this.skip(python.reason);
    return python.image;
  }

  /** Makes a network that only this scenario's containers are in. `internal` ones have no way out of it. */
  async network({ internal = true }: { internal?: boolean } = {}): Promise<LabNetwork> {
    const name = `${this.#prefix}-${++this.#made}`;
    const { id } = await this.#settings.docker.createNetwork({
      Name: name,
      Internal: internal,
      CheckDuplicate: true,
      Labels: this.#labels,
    });
    const network = { name, id };
    this.#networks.push(network);
    return network;
  }

  /** Makes a volume; any user may write to it. */
  async volume(): Promise<LabVolume> {
    const { docker, image } = this.#settings;
    const volume = `${this.#prefix}-${++this.#made}`;
    await docker.createVolume({ Name: volume, Labels: this.#labels });
    const made = { volume };
    this.#volumes.push(made);
    // The engine reaches into a volume through a container only, though that need not run.
    const opener = await docker.createContainer({
      Image: image,
      Labels: this.#labels,
      HostConfig: { Binds: [`${volume}:/volume`], NetworkMode: "none" },
    });
    try {
      await opener.putArchive(archive([], { volume: 0o1777 }), { path: "/" });
    } finally {
      await opener.remove({ force: true });
    }
    return made;
  }

  /** Makes a temporary folder on this machine, to be mounted in containers; any user may write to it. */
  async folder(): Promise<string> {
    const { folder: dir, scenario } = this.#settings;
    const folder = await Deno.makeTempDir({ dir, prefix: `${scenario}-` });
    this.#folders.push(folder);
    await Deno.chmod(folder, 0o1777);
    return folder;
  }

  /** Starts a container. It resolves when the container has started, not when the program is ready: see `line()`. */
  async container(options: ContainerOptions): Promise<LabContainer> {
    const { docker, tell } = this.#settings;
    const { name, program, args = [], network, env = {}, user } = options;
    if (this.#containers.some((container) => container.name === name)) {
      throw new TypeError(`There is a container ${name} already`);
    }
    const python = program.endsWith(".py");
    const image = options.image ?? (python ? this.pythonImage : this.#settings.image);
    let id = "";
    const container = new EngineContainer(image, {
      network: network && { name: network.name, alias: name },
      host: hostConfigOf(options),
      created: (created) => {
        id = created;
      },
    })
      .withName(`${this.#prefix}-${name}`)
      .withHostname(name)
      .withLabels(this.#labels)
      .withEnvironment({ NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env })
      .withCommand([...python ? ["-u", "-c", await source(program)] : denoCommand(options), ...args]);
    if (user !== undefined) container.withUser(user);
    tell({
      kind: "container",
      at: Date.now(),
      name,
      program,
      networks: network ? [`network ${this.#numberOf(network.name)}`] : [],
      mounts: Object.entries(options.mounts ?? {}).map(([path, from]) => ({
        path,
        from: typeof from === "string" ? `folder ${from}` : `volume ${this.#numberOf(from.volume)}`,
      })),
      spaces: spacesOf(options),
      traits: traitsOf(options),
    });
    try {
      await container.start();
    } catch (error) {
      throw new Error(`Cannot start the container ${name}: ${(error as Error).message}`, { cause: error });
    }
    const started = new LabContainer(docker, name, id, tell);
    this.#containers.push(started);
    return started;
  }

  /** Puts a message into the report's time line, one that no container tells of itself. */
  message(from: string, to: string, text: string): void {
    this.#settings.tell({ kind: "message", at: Date.now(), from, to, text });
  }

  /** Puts a remark into the report's time line. */
  step(text: string): void {
    this.#settings.tell({ kind: "step", at: Date.now(), text });
  }

  /** Ends the scenario as skipped, which is no failure. */
  skip(reason: string): never {
    throw new SkipError(reason);
  }

  /** Removes all that it made, also what was being made. @internal */
  async [Symbol.asyncDispose](): Promise<void> {
    const { docker } = this.#settings;
    await Promise.all(this.#containers.map((container) => container.remove()));
    await Promise.all([
      ...this.#networks.map(({ id }) => unless([404], docker.getNetwork(id).remove())),
      ...this.#volumes.map(({ volume }) => unless([404], docker.getVolume(volume).remove())),
      ...this.#folders.map((folder) => Deno.remove(folder, { recursive: true })),
    ]);
  }

  #numberOf(name: string): string {
    return name.slice(this.#prefix.length + 1);
  }
}

function denoCommand({ program, flags }: ContainerOptions): string[] {
  return [
    "run",
    "--no-prompt",
    "--quiet",
    "--cached-only",
    ...flags ?? permissionsOf(program),
    `lab/${program}`,
  ];
}

/** The flags behind "Needs:" in a program's head comment: so they are tried whenever the lab runs. */
function permissionsOf(program: string): string[] {
  const [, flags] = /^ \* Needs: (.*)$/m.exec(Deno.readTextFileSync(new URL(program, LAB_FOLDER))) ?? [];
  return flags?.split(" ").filter((flag) => flag.startsWith("--")) ?? ["--allow-all"];
}

async function source(program: string): Promise<string> {
  return await Deno.readTextFile(new URL(program, LAB_FOLDER));
}
