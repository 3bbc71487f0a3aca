/**
 * Opens the channels of shared_users_owner.ts, and says what it is told; sends a message into the one for all.
 *
 * @module
 */
import { Channel, type SystemErrorFields } from "../../../mod.ts";

try {
  using _ = Channel.open("users-mine");
  console.log("users-mine: open");
} catch (error) {
  const { name, code } = error as Error & SystemErrorFields;
  console.log(`users-mine: ${name} ${code}`);
}
using channel = Channel.open("users-all");
await channel.send(new TextEncoder().encode("hello"), { timeout: 15_000 });
console.log("users-all: sent");
