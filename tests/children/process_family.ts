/** A parent with children that wait, and with one that does not: it ends as its argument says. */
import { Process } from "../../mod.ts";

const WORK = import.meta.resolve("./process_work.ts");
const [how = ""] = Deno.args;

switch (how) {
  case "child":
  case "daemon": {
    new Process(WORK, { entry: "family", args: [how === "daemon"] }).start();
    break;
  }
  case "exit":
  case "throw": {
    new Process(WORK, { entry: "family", args: [false] }).start();
    await Deno.stdin.read(new Uint8Array(1));
    if (how === "exit") Deno.exit(3);
    throw new Error("thrown on purpose");
  }
  case "short child": {
    const process = new Process(WORK, { entry: "sleep", args: [100] });
    process.start();
    void process.result.then(() => console.log("the child returned"));
    addEventListener("unload", () => console.log(`ended ${process.exitCode}`));
    break;
  }
  case "short daemon": {
    new Process(WORK, { entry: "sleep", daemon: true }).start();
    console.log("not waiting");
    break;
  }
  case "joined daemon": {
    const process = new Process(WORK, { entry: "sleep", daemon: true });
    process.start();
    await process.join({ timeout: 20 }).catch((error) => console.log(error.name));
    const second = new Process(WORK, { entry: "add", args: [1, 2], daemon: true });
    second.start();
    console.log(`result ${await second.result}`);
    break;
  }
  case "without ffi": {
    const process = new Process(WORK, { entry: "sleep", permissions: { read: true } });
    process.start();
    console.log(`family ${process.pid}`);
    break;
  }
}
