import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "a channel's mode decides who may open it, and who may not is told so",
  shows:
    "A container of user 1000 makes two channels in the /dev/shm that it shares: one for itself, one of mode 0666. "
    + "User 1001, of another container, is refused at the first, and sends through the second.",
  async run(lab) {
    const owner = await lab.container({
      name: "owner",
      ipc: "shareable",
      user: "1000:1000",
      program: "scenarios/programs/shared_users_owner.ts",
    });
    await owner.line("ready");
    const guest = await lab.container({
      name: "guest",
      ipc: owner,
      user: "1001:1001",
      program: "scenarios/programs/shared_users_guest.ts",
    });
    await Promise.all([guest.ends(), owner.ends()]);
    assertEquals(guest.lines, ["users-mine: PermissionDenied EACCES", "users-all: sent"]);
    assertEquals(owner.lines, ["ready", "got hello, and then null"]);
  },
});
