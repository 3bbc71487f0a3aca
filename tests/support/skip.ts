/**
 * Tests that need something this machine may lack. A skip is never silent: each reason is printed once a
 * file, above its tests: `Deno.test({ name, ignore: skipUnless("python3"), fn })`.
 *
 * @module
 */

const printed = new Set<string>();

/** Value for a test's `ignore`: true, with the reason printed, when `program` is not on PATH. */
export function skipUnless(program: string): boolean {
  return skipIf(findProgram(program) === undefined, `${program} is not installed`);
}

/** Value for a test's `ignore`: `condition`, with the reason printed when it holds. */
export function skipIf(condition: boolean, reason: string): boolean {
  if (condition && !printed.has(reason)) {
    printed.add(reason);
    console.log(`skipped: ${reason}`);
  }
  return condition;
}

/** The path of a program that is on PATH. */
export function findProgram(program: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${program}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}
