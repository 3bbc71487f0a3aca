import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import {
  activeChildren,
  currentProcess,
  Lock,
  parentProcess,
  Pool,
  Process,
  SharedEvent,
} from "../../../mod.ts";
import { startChild } from "../../support/children.ts";
import { errorOf } from "../../support/errors.ts";
import { isRunning, untilGone } from "../../support/processes.ts";
import { resultOf, started, startedWith, WORK } from "../../support/processes_of_ours.ts";
import { attempt, type Row } from "../../support/semantics.ts";

const MORE = new URL("../../children/process_semantics.ts", import.meta.url).href;

/** "Process and exceptions", "Miscellaneous", "Contexts and start methods", "Programming guidelines". */
export const PROCESS: Row[] = [
  {
    id: "Process.start",
    says: "It is called at most once for each process object.",
    async ours() {
      await using process = started("sleep");
      return await attempt(() => process.start());
    },
  },
  {
    id: "Process.run",
    says: "The target is called in the new process with the arguments and keyword arguments of the object.",
    async ours() {
      const [text, pid] = await resultOf("same", "a", 1) as unknown[];
      assertEquals([text, pid], ["a", 1]);
    },
    differs:
      "There are no keyword arguments in JavaScript: pass an object. The target is an export of a module, by "
      + "its name, because a function cannot be sent.",
  },
  {
    id: "Process.run override",
    says: "A subclass can override run() with what the process is to do.",
    differs:
      "Nothing of an object but its data could be taken to another process: what runs is an exported function.",
  },
  {
    id: "Process.join",
    says: "It blocks until the process has ended, and may be called many times.",
    async ours() {
      const process = started("add", 1, 2);
      await process.join();
      await process.join();
      return process.isAlive;
    },
  },
  {
    id: "Process.join(timeout)",
    says: "It returns None when the time is over, and the caller has to look at exitcode.",
    async ours() {
      await using process = started("sleep");
      await assertRejects(() => process.join({ timeout: 1 }), Deno.errors.TimedOut);
      assertEquals([process.exitCode, process.isAlive], [undefined, true]);
    },
    differs:
      "Every time-out of this library rejects, so that none is overlooked; join() resolves to the exit code.",
  },
  {
    id: "Process.join before start",
    says: "A process that was not started cannot be joined.",
    ours: () => attempt(() => new Process(WORK).join()),
  },
  {
    id: "Process.join itself",
    says: "A process cannot join itself, as that would be a deadlock.",
    differs:
      "It cannot be written: in the child there is no Process object of itself, only currentProcess().",
  },
  {
    id: "Process.name",
    says: "The name has no meaning of its own; the default is of the form Process-N1:N2:…:Nk.",
    async ours() {
      const process = startedWith({ entry: "grandchild", args: ["who"] });
      const { name } = await process.result as { name: string };
      await process.join();
      assertEquals(name, `${process.name}:1`);
      return name.replace(/^Process-\d+/, "Process-N");
    },
  },
  {
    id: "Process.is_alive",
    says: "A process is alive from the moment start() returns until it ends.",
    async ours() {
      const process = new Process(WORK, { entry: "add" });
      const before = process.isAlive;
      process.start();
      const during = process.isAlive;
      await process.join();
      return [before, during, process.isAlive];
    },
  },
  {
    id: "Process.daemon",
    says: "When a process exits it terminates its daemonic children, and does not wait for them.",
    async ours() {
      await using child = startChild("process_family", { args: ["short daemon"] });
      assertEquals(await child.finished(), "not waiting\n");
    },
  },
  {
    id: "Process.daemon default",
    says: "The initial value is inherited from the creating process.",
    async ours() {
      const process = startedWith({ entry: "grandchild", args: ["who"], daemon: true });
      assertEquals((await process.result as { daemon: boolean }).daemon, false);
      await process.join();
    },
    differs:
      "It is false wherever it is not given: who reads the call sees it. A daemon's children end with it anyway.",
  },
  {
    id: "Process.daemon children",
    says:
      "A daemonic process is not allowed to create children, which would be orphans when it is terminated.",
    async ours() {
      await using process = startedWith({ entry: "daemonOfDaemon", daemon: true }, MORE);
      assertEquals(await process.result, true);
    },
    differs: "Here a daemon may have children: when it ends, however it ends, the kernel ends them.",
  },
  {
    id: "Process non-daemonic",
    says: "A process waits for its children that are no daemons before it exits by itself.",
    async ours() {
      await using child = startChild("process_family", { args: ["short child"] });
      assertEquals(await child.finished(), "the child returned\nended 0\n");
    },
  },
  {
    id: "Process.pid",
    says: "The process ID; before the process is spawned it is None.",
    async ours() {
      const process = new Process(WORK, { entry: "add" });
      assertEquals(await attempt(() => process.pid), "refused");
      process.start();
      assertEquals(typeof process.pid, "number");
      await process.join();
    },
    differs: "Before start() it is an error that says what to do: a pid of undefined would only fail later.",
  },
  {
    id: "Process.exitcode",
    says: "None while it runs, 0 for a return, 1 for an exception, N for sys.exit(N), -N for the signal N.",
    async ours() {
      const codes = [];
      for (const [entry, arg] of [["add", 1], ["fail", 1], ["exit", 3]] as const) {
        await using process = started(entry, arg);
        await process.result.catch(() => {});
        codes.push(await process.join());
      }
      for (const verb of ["terminate", "kill"] as const) {
        const process = started("sleep");
        codes.push(process.exitCode ?? null);
        process[verb]();
        codes.push(await process.join());
      }
      return codes;
    },
  },
  {
    id: "Process uncaught exception",
    says: "The child prints the traceback on stderr, and the parent learns of an exit code of 1, no more.",
    async ours() {
      const error = await errorOf(() => resultOf("fail"));
      assertInstanceOf(error, RangeError);
      assertStringIncludes(error.stack!, "process_work.ts");
    },
    differs:
      "The parent gets the error itself: class, message, cause and remote stack. Where nobody asks it is printed.",
  },
  {
    id: "Process return value",
    says: "What the target returns is thrown away; results travel by a Queue or a Pipe.",
    ours: async () => assertEquals(await resultOf("add", 2, 3), 5),
    differs: "A function that runs elsewhere has a result like any other: the promise Process.result.",
  },
  {
    id: "Process.authkey",
    says: "Each process has an authentication key, which its children inherit and its connections use.",
    differs:
      "A key that is everywhere is nobody's: it is an option of Listener, Connection.connect and Manager, and a "
      + "manager that start() makes has a random one.",
  },
  {
    id: "Process.sentinel",
    says: "A handle that becomes ready when the process ends, for connection.wait() to wait for several.",
    async ours() {
      await using slow = started("sleep");
      const quick = started("add", 1, 1);
      const first = await Promise.race([slow, quick].map((process) => process.join().then(() => process)));
      assertEquals(first, quick);
    },
    differs: "join() is a promise, and Promise.race and Promise.any wait for several.",
  },
  {
    id: "Process.terminate",
    says: "It sends SIGTERM; exit handlers and finally clauses are not executed.",
    async ours() {
      const process = started("sleep");
      process.terminate();
      return await process.join();
    },
  },
  {
    id: "Process.terminate descendants",
    says: "Descendants of a terminated process are not terminated: they become orphans.",
    async ours() {
      const process = startedWith({ entry: "family", args: [false], stdout: "piped" });
      const line = (await process.stdout.lines().next()).value as string;
      const grandchild = Number(line.split(" ")[2]);
      assert(isRunning(grandchild));
      process.terminate();
      await process.join();
      process.stdout.close();
      await untilGone(grandchild);
    },
    differs: "No orphans: they end with it.",
  },
  {
    id: "Process.terminate with a lock",
    says: "A process that is terminated with a lock or semaphore may make others wait for ever.",
    async ours() {
      using lock = Lock.create();
      using held = SharedEvent.create();
      const process = startedWith({ entry: "holdForever", args: [lock, held] }, MORE);
      await held.wait({ timeout: 30_000 });
      assertEquals(lock.tryAcquire(), undefined);
      process.terminate();
      await process.join();
      using guard = await lock.acquire({ timeout: 30_000 });
      assertEquals(guard.ownerDied, true);
    },
    differs: "The next one gets the lock, and is told that its owner died.",
  },
  {
    id: "Process.kill",
    says: "The same as terminate() with SIGKILL.",
    async ours() {
      const process = started("spin");
      process.kill();
      return await process.join();
    },
  },
  {
    id: "Process.close",
    says: "It releases what the object holds, and raises ValueError while the process runs.",
    differs: "There is nothing to release once it has ended; `await using` ends a process and waits for it.",
  },
  {
    id: "ProcessError",
    says: "BufferTooShort, AuthenticationError and TimeoutError have one base class of their own.",
    differs: "Errors are those of Deno: RangeError, Deno.errors.PermissionDenied, Deno.errors.TimedOut.",
  },
  {
    id: "active_children",
    says: "A list of the children that run; to ask for it joins those that have ended.",
    async ours() {
      const process = started("sleep");
      const during = activeChildren().length;
      process.kill();
      await process.join();
      return [during, activeChildren().length];
    },
  },
  {
    id: "current_process",
    says: "The object of the current process; the main one is called MainProcess.",
    ours: () => currentProcess().name,
  },
  {
    id: "parent_process",
    says: "The parent of the current process, and None in the main process.",
    async ours() {
      const { parent } = await resultOf("who") as { parent: { name: string } };
      return [parentProcess() ?? null, parent.name];
    },
  },
  {
    id: "cpu_count",
    says: "The number of processors of the system.",
    differs: "The platform has it: navigator.hardwareConcurrency, which is what a Pool takes for its size.",
  },
  {
    id: "freeze_support",
    says: "Support for programs that were frozen to an executable of Windows.",
    differs: "A compiled program has no Deno to run a child with: start() says so.",
  },
  {
    id: "set_start_method",
    says: "There are the methods spawn, fork and forkserver to start a process, in contexts of their own.",
    differs: "A runtime with threads cannot be forked: there is spawn alone.",
  },
  {
    id: "set_executable",
    says: "It sets the path of the interpreter for children.",
    differs: "Children run with the Deno that runs this, Deno.execPath(): another could have another wire.",
  },
  {
    id: "spawn: resources",
    says:
      "The child only has what it needs to run the target: no other descriptors or handles of the parent.",
    async ours() {
      const open = await resultOf("openDescriptors") as string[];
      using file = await Deno.open(new URL(import.meta.url));
      assertEquals((await resultOf("openDescriptors") as string[]).length, open.length);
      assert(file !== undefined);
    },
  },
  {
    id: "spawn: globals",
    says: "Global variables of the child are those of a fresh import, and what it does to them stays there.",
    async ours() {
      const module = await import("../../children/process_semantics.ts");
      module.bump();
      for (const _ of [1, 2]) {
        await using process = startedWith({ entry: "bump" }, MORE);
        assertEquals(await process.result, 1);
      }
      assertEquals(module.count, 1);
    },
  },
  {
    id: "spawn: safe importing of main module",
    says: "The main module is imported by the child, and starts processes again where it is not guarded.",
    async ours() {
      await using process = startedWith({ entry: "runsMainModule", args: [Deno.mainModule] }, MORE);
      assertEquals(await process.result, false);
    },
    differs:
      "A child loads the module that it is to run, and not the program that starts it. Where they are the same, "
      + "import.meta.main is the guard.",
  },
  {
    id: "spawn: picklability",
    says: "The arguments of a process have to be picklable.",
    ours: () => attempt(() => new Process(WORK, { args: [() => {}] }).start()),
  },
  {
    id: "stdin of a child",
    says: "In a child sys.stdin is at its end, so that it does not compete with the parent for input.",
    async ours() {
      await using pool = new Pool(WORK, { size: 1 });
      assertEquals(await pool.apply("stdin"), null);
      return await resultOf("stdin") ?? 0;
    },
  },
  {
    id: "Explicitly pass resources to child processes",
    says: "What is shared is passed as an argument to the constructor of the process.",
    async ours() {
      using lock = Lock.create();
      await using process = startedWith({ entry: "tryLock", args: [lock] }, MORE);
      assertEquals(await process.result, true);
    },
  },
  {
    id: "Joining zombie processes",
    says: "A process that has ended and was not joined is a zombie until somebody asks for it.",
    async ours() {
      const process = started("add", 1, 2);
      await process.result;
      await untilGone(process.pid);
      await process.join();
    },
    differs: "The runtime waits for its children by itself: nobody has to ask.",
  },
  {
    id: "log_to_stderr",
    says: "There is a logger for what the package does, with the names of the processes.",
    differs:
      'What the package does is told by errors. stdout: "prefixed" puts the name before each line of a child.',
  },
];
