/** The words of a file, and how often each is in it. */
export type Counts = Map<string, number>;

/** Counts the words of a file. What the workers of word_count.ts run. */
export function countWords(path: string): Counts {
  const counts: Counts = new Map();
  for (const [word] of Deno.readTextFileSync(path).toLowerCase().matchAll(/\p{L}+/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
