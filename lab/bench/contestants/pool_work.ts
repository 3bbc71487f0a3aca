/** What the workers of this library's pools do. */

/** Next to nothing. */
export function increment(n: number): number {
  return n + 1;
}

/** Nothing, with much. */
export function echo<T>(value: T): T {
  return value;
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
