import type { Demo } from "./runner/demo.ts";

const FILES = 24;
/** How often the text is repeated in each file, so that there is something to do. */
const TIMES = 36_000;
const TEXT = "The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n";

/** lab/programs/word_count.ts */
export const wordCount: Demo = {
  name: "word-count",
  title: "a pool of processes counts the words of a folder of files",
  shows:
    `${FILES} files of 2.5 MB are counted by one process, and then by two: it says how many times as fast that is.`,
  cast: ["counter"],
  async play(stage) {
    const folder = `${stage.folder}/texts`;
    await Deno.mkdir(folder);
    const text = TEXT.repeat(TIMES);
    for (let n = 0; n < FILES; n++) await Deno.writeTextFile(`${folder}/${n}.txt`, text);
    const counter = stage.start("counter", "word_count.ts", folder, "2");
    await counter.ends();
    await Deno.remove(folder, { recursive: true });
    const each = FILES * TIMES;
    stage.expectLines(counter, [
      new RegExp(`^1 process counted the words of ${FILES} files in \\d+ ms$`),
      /^2 processes took \d+ ms: \d+\.\d\d times as fast$/,
      `${14 * each} words, 11 different ones. The most frequent: `
      + `the ${3 * each}, dog ${2 * each}, and ${each}, brown ${each}, fox ${each}`,
    ]);
  },
};
