import type { Demo } from "./runner/demo.ts";

/** lab/programs/producer_consumer.ts */
export const producerConsumer: Demo = {
  name: "producer-consumer",
  title: "producer and consumer in one process",
  shows: "Two workers with a pipe between them that holds four items: once it is full, the producer makes "
    + "more only as the consumer takes some.",
  cast: ["process"],
  async play(stage) {
    const process = stage.start("process", "producer_consumer.ts", "12");
    await process.ends();
    const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
    const saidBy = (who: string) => process.lines.filter((line) => line.startsWith(who)).join();
    stage.expect(
      saidBy("Producer") === numbers.map((n) => `Producer made item ${n}`).join()
        && saidBy("Consumer") === numbers.map((n) => `Consumer took item ${n}`).join(),
      "Not every item was made and taken once and in order",
    );
    stage.expect(
      process.lines.indexOf("Producer made item 12") > process.lines.indexOf("Consumer took item 3"),
      "The producer was not held up by the full pipe",
    );
    stage.expect(process.lines.at(-1) === "Main: 12 items made, 12 taken", "The count at the end is wrong");
  },
};
