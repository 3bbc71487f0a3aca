import { os } from "../ffi/platform.ts";
import { locate } from "../primitives/command_path.ts";

/**
 * Whether a child that cannot ask the kernel for it can be started so that it ends with this process all the same: by
 * setpriv(1), which takes some 2 ms. Without that it sees the end of its line to the parent as soon as its event loop goes.
 */
export function canGuard(): boolean {
  if (os() !== "linux" || Deno.permissions.querySync({ name: "run" }).state !== "granted") return false;
  try {
    return locate("setpriv", {}) !== "" && locate("sh", {}) !== "";
  } catch {
    return false;
  }
}
