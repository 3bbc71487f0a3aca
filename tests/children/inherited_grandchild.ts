/** Takes descriptor 3, and shows which of its descriptors a child of its own gets. */
import { inheritedWriter } from "../../mod.ts";

const script =
  'i=0; while [ $i -lt 300 ]; do [ -L /proc/$$/fd/$i ] && list="$list $i"; i=$((i+1)); done; echo $list';
const look = async () =>
  new TextDecoder().decode((await new Deno.Command("sh", { args: ["-c", script] }).output()).stdout);
const before = await look();
using writer = inheritedWriter(3);
await writer.write(JSON.stringify({ before, after: await look() }));
