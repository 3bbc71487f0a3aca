/** As a user who may do nothing: opens objects, given as JSON: [kind, name], and prints what came of each. */

import process from "node:process";
import { SHARED_KINDS } from "../support/shared_kinds.ts";

process.setgid!(65534);
process.setuid!(65534);
const objects = JSON.parse(Deno.args[0]!) as [string, string][];
const outcomes = objects.map(([kind, name]) => {
  try {
    return `opened ${SHARED_KINDS[kind]!.Class.open(name).name}`;
  } catch (error) {
    const { name, code } = error as Error & { code: string };
    return `${name} ${code}`;
  }
});
console.log(JSON.stringify(outcomes));
