/**
 * A manager's server on TCP port 5000, for clients with the key `lab`: `DEAD_AFTER`, in milliseconds. It says
 * `listening`, and at SIGTERM how many clients it has then.
 *
 * Needs: --allow-net --allow-ffi
 *
 * @module
 */
import { ManagerServer, untilSignal } from "../../../mod.ts";

const stopped = untilSignal("SIGTERM");
const deadAfter = Number(Deno.args[0]);
await using server = await ManagerServer.listen("tcp://0.0.0.0:5000", { authKey: "lab", deadAfter });
console.log("listening");
await stopped;
console.log(`has ${server.clients} clients`);
