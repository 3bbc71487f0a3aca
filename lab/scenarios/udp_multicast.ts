import { scenario } from "../docker/scenario.ts";

const MEMBERS = ["member1", "member2", "member3"];

export default scenario({
  title: "datagrams reach a multicast group in three containers, and its members answer",
  shows:
    "A sender asks each of three members by its name, and then sends 50 numbered datagrams to their group; each member "
    + "answers each of them to the sender alone.",
  async run(lab) {
    // The engine lets nothing but its own addresses through a network that is internal.
    const network = await lab.network({ internal: false });
    const members = await Promise.all(
      MEMBERS.map((name) =>
        lab.container({ name, network, program: "scenarios/programs/group_member.ts", args: [name] })
      ),
    );
    await Promise.all(members.map((member) => member.line("ready")));
    const sender = await lab.container({
      name: "sender",
      network,
      program: "scenarios/programs/group_sender.ts",
      args: ["50", ...MEMBERS],
    });
    await sender.line("all 50 were answered", { timeout: 40_000 });
    await sender.ends();
    await Promise.all(members.map((member) => member.line("had 51 different ones")));
    await Promise.all(members.map((member) => member.ends()));
  },
});
