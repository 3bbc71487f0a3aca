import { LabError } from "./lab_error.ts";

/** Why nothing could be written there, as far as that can be known beforehand; undefined when it seems possible. */
export function problemWith(path: string): string | undefined {
  if (path === "") return "wants the name of a file";
  if (kindOf(path)?.isDirectory) return `wants a file, and ${path} is a folder`;
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : ".";
  return kindOf(folder)?.isDirectory ? undefined : `wants a file in a folder that exists, not ${path}`;
}

/**
 * Writes a file, all of it or nothing.
 *
 * @throws {LabError} It cannot be written; says why
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${Deno.pid}.part`;
  try {
    await Deno.writeTextFile(part, text);
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw new LabError(`Cannot write ${path}: ${(error as Error).message}`);
  }
}

function kindOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
