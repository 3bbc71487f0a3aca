import { type Docker, unless } from "./docker.ts";

/** Removes all containers, networks and volumes that have the label (`name` or `name=value`). Says how many. */
export async function sweep(docker: Docker, label: string): Promise<number> {
  const filters = { label: [label] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => unless([404, 409], docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await Promise.all([
    ...networks.map(({ Id }) => unless([404], docker.getNetwork(Id).remove())),
    ...(volumes ?? []).map(({ Name }) => unless([404], docker.getVolume(Name).remove())),
  ]);
  return containers.length + networks.length + (volumes?.length ?? 0);
}
