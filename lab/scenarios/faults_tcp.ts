import { scenario } from "../docker/scenario.ts";
import { FAULTS, transferWithFaults } from "./parts/transfer_with_faults.ts";

export default scenario({
  title: "a transfer over TCP survives the kill, pause, stop and disconnection of either side",
  shows: `${FAULTS} The network is cut and comes back, too.`,
  run: (lab) => transferWithFaults(lab, "tcp"),
});
