const TIMES = 4;

/** A moment of some 100 ns between two looks at memory, in which the core's other half, and the memory, rest. */
export function pause(): void {
  for (let i = 0; i < TIMES; i++) (Atomics as { pause?: () => void }).pause?.();
}
