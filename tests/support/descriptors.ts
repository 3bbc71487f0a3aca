/**
 * Open descriptors of this process, as the kernel lists them: descriptors made through FFI are invisible
 * to the test runner's own resource sanitizer.
 *
 * @module
 */
import { AssertionError } from "@std/assert";

const OWN = "/proc/self/fd";

/** How long closing may lag behind the test body by default (worker threads, the event loop's next turn). */
const SETTLE_MS = 2_000;

/** What the runtime opens for itself, at times of its own choosing. Nothing in this library can leak these. */
const RUNTIME_OWN = /^anon_inode:\[event(fd|poll)\]$|_cache_v\d+(-wal|-shm|-journal)?$/;

/** Every open descriptor with what it refers to, such as `pipe:[4711]` or a path. */
export function openDescriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const { name } of Deno.readDirSync(OWN)) {
    const target = targetOf(name);
    if (target !== undefined && !RUNTIME_OWN.test(target)) found.set(Number(name), target);
  }
  return found;
}

/** How many descriptors are open, those that the runtime opens for itself aside. */
export function countDescriptors(): number {
  return openDescriptors().size;
}

/**
 * Fails when `body` leaves a descriptor open, and says which by number and target. `warmUp` runs first and
 * is not counted: give it what makes the runtime open something once, such as its first worker. `settle` is
 * how many milliseconds closing may lag behind.
 */
export async function assertNoLeak(
  body: () => unknown,
  options: { warmUp?: () => unknown; settle?: number } = {},
): Promise<void> {
  await options.warmUp?.();
  const before = openDescriptors();
  await body();
  const deadline = performance.now() + (options.settle ?? SETTLE_MS);
  let leaked = opened(before);
  while (leaked.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    leaked = opened(before);
  }
  // The runtime's own part of a wait that was ended, such as a listener that was removed, is over a little later.
  await new Promise((resolve) => setTimeout(resolve, 10));
  if (leaked.length > 0) {
    throw new AssertionError(`Left ${leaked.length} descriptors open: ${leaked.join(", ")}`);
  }
}

/** Descriptors that are open now and were not, or meant something else, before. */
function opened(before: Map<number, string>): string[] {
  return [...openDescriptors()]
    .filter(([fd, target]) => before.get(fd) !== target)
    .map(([fd, target]) => `${fd} -> ${target}`);
}

function targetOf(fd: string): string | undefined {
  try {
    return Deno.readLinkSync(`${OWN}/${fd}`);
  } catch {
    return undefined; // The listing's own descriptor, or one closed by another thread meanwhile.
  }
}
