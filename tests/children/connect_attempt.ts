/** Tries to connect, and prints the error. */

import { connect } from "../../mod.ts";

try {
  (await connect(Deno.args[0]!, { timeout: 10_000 })).close();
  console.log("connected");
} catch (error) {
  const { name, code, syscall } = error as Error & { code?: string; syscall?: string };
  console.log(name, code, syscall);
}
