/** `<dirent.h>`: what is in a folder. Linux only. */

import { checked } from "./call.ts";
import { cString, libc } from "./library.ts";

const symbols = libc({
  opendir: { parameters: ["buffer"], result: "pointer" },
  readdir: { parameters: ["pointer"], result: "pointer" },
  closedir: { parameters: ["pointer"], result: "i32" },
});

/** struct dirent { ino_t d_ino; off_t d_off; unsigned short d_reclen; unsigned char d_type; char d_name[]; } */
const D_NAME = 19;

/** The names in a folder, without "." and ".."; or minus the errno. */
export function readdir(path: string): string[] | number {
  const { opendir, readdir, closedir } = symbols();
  const name = cString(path);
  let folder: Deno.PointerValue = null;
  const open = () => {
    folder = opendir(name);
    return folder === null ? -1 : 0;
  };
  const failure = checked(open(), open);
  if (failure < 0) return failure;
  const names: string[] = [];
  // Safe: an entry is the C library's until the next call with this folder, which is this loop's alone.
  for (let entry = readdir(folder); entry !== null; entry = readdir(folder)) {
    names.push(new Deno.UnsafePointerView(entry).getCString(D_NAME));
  }
  closedir(folder);
  return names.filter((name) => name !== "." && name !== "..");
}
