import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const PRIVATE = "/shared/private";
const PUBLIC = "/shared/public";

export default scenario({
  title: "a Unix socket in a volume lets in whom its mode allows, and its server learns who that is",
  shows:
    "A server of user 1000 listens at two sockets in a volume, of mode 0600 and 0666. Clients of user 1000, of user "
    + "1001 and root come from containers of their own, to both. User 1001 is refused at the first. The server "
    + "has each client's user from the kernel; its process id only where it can see the client's processes.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const server = await lab.container({
      name: "server",
      mounts,
      user: "1000:1000",
      program: "scenarios/programs/unix_users_server.ts",
      args: [PRIVATE, PUBLIC],
    });
    await server.line("listening");
    const client = (name: string, user: string, sees = false) =>
      lab.container({
        name,
        mounts,
        user,
        program: "scenarios/programs/unix_users_client.ts",
        args: ["server", name, PRIVATE, PUBLIC],
        ...sees && { pid: server },
      });
    const clients = [
      await client("owner", "1000:1000"),
      await client("stranger", "1001:1001"),
      await client("root", "0:0"),
      await client("neighbour", "1000:1002", true),
    ];
    await Promise.all(clients.map((client) => client.ends()));
    const [owner, stranger, root, neighbour] = clients.map(({ lines }) => lines);
    const at = (who: string) => [
      `${PRIVATE}: welcome, ${who}`,
      `${PUBLIC}: welcome, ${who}`,
    ];
    assertEquals(owner, at("user 1000 of group 1000, process out of sight"));
    assertEquals(stranger, [
      `${PRIVATE}: PermissionDenied EACCES connect ${PRIVATE}`,
      `${PUBLIC}: welcome, user 1001 of group 1001, process out of sight`,
    ]);
    assertEquals(root, at("user 0 of group 0, process out of sight"));
    assertEquals(neighbour, at("user 1000 of group 1002, process its own"));
    await server.stop();
    await server.ends();
    assertEquals(server.lines.slice(-1), ["left nothing in the volume"]);
  },
});
