import type { Demo } from "./runner/demo.ts";

/** lab/programs/manager_clients.ts */
export const managerClients: Demo = {
  name: "manager-clients",
  title: "a manager with three clients",
  shows:
    "A server process holds a queue of questions and a table of scores. Three processes take and fill them.",
  cast: ["manager"],
  async play(stage) {
    const manager = stage.start("manager", "manager_clients.ts", "60");
    await manager.ends();
    const answered = manager.lines.flatMap((line) =>
      /^(?:Ann|Bob|Cleo) answered (\d+) questions$/.exec(line)?.[1] ?? []
    );
    stage.expect(
      answered.length === 3 && answered.reduce((sum, count) => sum + Number(count), 0) === 60,
      "The three did not answer 60 questions together",
    );
    stage.expect(manager.lines.at(-1) === "Manager: 60 answers, sum of squares 73810", "The table is wrong");
  },
};
