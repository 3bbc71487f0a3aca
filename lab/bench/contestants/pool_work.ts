/** What the workers of this library's pools do. */

import type { SharedArray } from "../../../mod.ts";

/** Next to nothing. */
export function increment(n: number): number {
  return n + 1;
}

/** Nothing, with much. */
export function echo<T>(value: T): T {
  return value;
}

let arrays: SharedArray<"uint8">[] = [];

/** Makes them known: one for arguments, one for results. */
export function share(...given: SharedArray<"uint8">[]): void {
  arrays = given;
}

/** As echo(), with what both sides have in common. */
export function echoShared(): void {
  arrays[1]!.array.set(arrays[0]!.array);
}

/** Some 0.1 s of arithmetic: how many primes there are from `from` on, in so many numbers. */
export function countPrimes(from: number, numbers: number): number {
  let count = 0;
  for (let n = from; n < from + numbers; n++) {
    let prime = n > 1;
    for (let i = 2; i * i <= n && prime; i++) prime = n % i !== 0;
    if (prime) count++;
  }
  return count;
}
