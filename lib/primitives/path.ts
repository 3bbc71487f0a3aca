import { fileURLToPath } from "node:url";

/** A path for the C library: a string, or a `file:` URL; never one that would be cut or changed on the way. */
export function pathOf(path: string | URL): string {
  if (path instanceof URL) path = fileURLToPath(path);
  if (typeof path !== "string") throw new TypeError(`A path is a string or a file: URL, not ${typeof path}`);
  if (path === "") throw new TypeError("A path cannot be empty");
  if (path.includes("\0")) {
    throw new TypeError(`The path ${JSON.stringify(path)} has a NUL in it, and no file can`);
  }
  if (!path.isWellFormed()) {
    throw new TypeError(`The path ${JSON.stringify(path)} is not well-formed Unicode`);
  }
  return path;
}
