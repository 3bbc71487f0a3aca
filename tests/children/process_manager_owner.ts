/** Starts a manager's server, prints where it is, and waits. */
import { Manager } from "../../mod.ts";

const manager = await Manager.start({ authKey: "key" });
console.log(manager.address);
await manager.ended;
