import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { archive, type ArchivedFile } from "./archive.ts";
import { linkedLibraries } from "./linked_libraries.ts";

/** What glibc loads by itself to look up users and hosts, and so no `ldd` tells. */
const NAME_SERVICES = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"];

const ACCOUNTS: ArchivedFile[] = [
  {
    path: "etc/passwd",
    content: [
      "root:x:0:0:root:/root:/none",
      "deno:x:1000:1000:deno:/home/deno:/none",
      "nobody:x:65534:65534:nobody:/:/none",
      "",
    ].join("\n"),
  },
  { path: "etc/group", content: "root:x:0:\ndeno:x:1000:\nnogroup:x:65534:\n" },
  { path: "etc/nsswitch.conf", content: "passwd: files\ngroup: files\nhosts: files dns\n" },
];

const FOLDERS = { tmp: 0o1777, root: 0o700, "home/deno": 0o777, etc: 0o755 };

/**
 * The root file system of an image without any other image below it: these programs of this machine, the
 * libraries that they need, and the few files behind names of users and hosts. It has no shell. `extensions`
 * are libraries among the `files` that may need more, or lack something and never be loaded.
 */
export async function offlineBase(
  programs: Record<string, string>,
  files: readonly ArchivedFile[] = [],
  extensions: readonly string[] = [],
): Promise<Readable> {
  const libraries = [
    ...await linkedLibraries(Object.values(programs)),
    ...await linkedLibraries(extensions, { missing: "ignore" }),
  ];
  const folder = libraries.find((path) => path.includes("/libc.so."))?.replace(/[^/]*$/, "");
  const services = NAME_SERVICES.map((name) => `${folder}${name}`).filter(exists);
  const at = (path: string, inside: string, mode: number): ArchivedFile => ({
    path: inside.replace(/^\//, ""),
    content: pathToFileURL(path),
    mode,
  });
  const all = [
    ...ACCOUNTS,
    ...Object.entries(programs).map(([inside, path]) => at(path, inside, 0o755)),
    ...[...libraries, ...services].map((path) => at(path, path, 0o755)),
    ...files,
  ];
  return archive(new Map(all.map((file) => [file.path, file])).values(), FOLDERS);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
