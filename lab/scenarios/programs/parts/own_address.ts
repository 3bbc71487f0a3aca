/** The address of this container in its network: a network without a way out has no default interface for multicast. */
export function ownAddress(): string {
  const found = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.")
  );
  if (found === undefined) throw new Error("This container is in no network");
  return found.address;
}
