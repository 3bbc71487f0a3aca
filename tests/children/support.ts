/** Prints what works with the permissions that this process has. */

import { support } from "../../mod.ts";

console.log(JSON.stringify(support()));
