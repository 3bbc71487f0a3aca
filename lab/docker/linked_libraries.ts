/**
 * The shared libraries that these programs and libraries need, the loader included, as `ldd` lists them.
 * Throws when one is missing, unless told to ignore that.
 */
export async function linkedLibraries(
  programs: readonly string[],
  { missing = "throw" }: { missing?: "throw" | "ignore" } = {},
): Promise<string[]> {
  if (programs.length === 0) return [];
  const { success, stdout, stderr } = await new Deno.Command("ldd", {
    args: [...programs],
    env: { LC_ALL: "C" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) {
    throw new Error(`Cannot list the libraries of ${programs[0]}: ${new TextDecoder().decode(stderr)}`);
  }
  const lacking = /^\s*(\S+) => not found/m.exec(text)?.[1];
  if (lacking !== undefined && missing === "throw") {
    throw new Error(`Cannot list the libraries of ${programs.join(", ")}: ${lacking} is missing`);
  }
  return [...new Set([...text.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path!))];
}
