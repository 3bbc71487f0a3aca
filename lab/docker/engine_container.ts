import { GenericContainer, type WaitStrategy } from "npm:testcontainers@12";

/** What the engine is told of a container beyond what testcontainers has methods for. */
export interface EngineOptions {
  /** Name of the one network, and the container's host name in it; none unless told. */
  network?: { name: string; alias: string } | undefined;
  /** Fields of the engine's HostConfig. */
  host: Record<string, unknown>;
  /** Called between creation and start. */
  created?(id: string): void;
}

/** A container as testcontainers makes it, which counts as ready once it has started. */
export class EngineContainer extends GenericContainer {
  readonly #created: EngineOptions["created"];

  constructor(image: string, { network, host, created }: EngineOptions) {
    super(image);
    this.#created = created;
    this.withAutoCleanup(false); // The lab removes by its own labels; the reaper's image may not be had.
    this.withWaitStrategy(STARTED);
    this.withNetworkMode(network?.name ?? "none");
    Object.assign(this.hostConfig, host);
    if (network === undefined) return;
    // With withNetworkAliases() the container would be in the default network too.
    const EndpointsConfig = { [network.name]: { Aliases: [network.alias] } };
    this.createOpts.NetworkingConfig = { EndpointsConfig };
  }

  protected override containerCreated(id: string): Promise<void> {
    this.#created?.(id);
    return Promise.resolve();
  }
}

const STARTED: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => STARTED,
  isStartupTimeoutSet: () => false,
  getStartupTimeout: () => 0,
};
