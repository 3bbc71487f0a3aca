/** Starts processes that print, or that fail. */
import { Process } from "../../mod.ts";

const WORK = import.meta.resolve("./process_work.ts");
if (Deno.args[0] === "fail") {
  const [unasked, asked] = ["Unasked", "Asked"].map((name) => new Process(WORK, { entry: "fail", name }));
  unasked!.start();
  asked!.start();
  await asked!.result.catch(() => {});
  await Promise.all([unasked!.join(), asked!.join()]);
} else if (Deno.args[0] === "left behind") {
  const process = new Process(WORK, { entry: "leaveBehind", name: "Named", stdout: "prefixed" });
  process.start();
  console.log(`joined ${await process.join()}`);
  Deno.exit();
} else {
  for (const how of ["inherit", "prefixed"] as const) {
    const process = new Process(WORK, { entry: "speak", name: "Named", stdout: how, stderr: how });
    process.start();
    await process.join();
  }
}
