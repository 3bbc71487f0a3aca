/** A path for the C library: a string, or a `file:` URL; never one that would be cut or changed on the way. */
export function pathOf(path: string | URL): string {
  if (path instanceof URL) path = pathOfUrl(path);
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

/** The same place, whatever folder the reader runs in. */
export function absolutePath(path: string): string {
  return Deno.build.os === "windows" || path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

function pathOfUrl(url: URL): string {
  if (url.protocol !== "file:") throw new TypeError(`A path is a string or a file: URL, not ${url.protocol}`);
  if (url.host !== "") throw new TypeError(`The URL ${url.href} names a file on another host`);
  if (/%2f/i.test(url.pathname)) {
    throw new TypeError(`The URL ${url.href} has a slash inside a name, and no file can`);
  }
  try {
    return decodeURIComponent(url.pathname);
  } catch {
    throw new TypeError(`The URL ${url.href} is not UTF-8`);
  }
}
