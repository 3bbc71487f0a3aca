import { scenario } from "../docker/scenario.ts";
import { FAULTS, transferWithFaults } from "./parts/transfer_with_faults.ts";

export default scenario({
  title: "a transfer over a channel in shared memory survives the kill, pause and stop of either side",
  shows: FAULTS,
  run: (lab) => transferWithFaults(lab, "channel"),
});
