import { assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import { mkfifoSync, openFifoReader, openFifoWriter, pipe } from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak, countDescriptors } from "../support/descriptors.ts";
import { fill } from "../support/ends.ts";
import { skipIf } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";

const ignore = skipIf(Deno.build.os !== "linux", "only Linux has a capacity of pipes");

Deno.test({
  name: "pipe({ capacity }) holds that many bytes before it is full, as both ends say",
  ignore,
  fn: () =>
    assertNoLeak(() => {
      for (const capacity of [4096, 65536, 1 << 20]) {
        const ends = pipe({ capacity });
        assertEquals([ends.reader.capacity, ends.writer.capacity, fill(ends.writer)], [
          capacity,
          capacity,
          capacity,
        ]);
        ends.reader.close();
        ends.writer.close();
      }
    }),
});

Deno.test({
  name: "a capacity is rounded up by the kernel",
  ignore,
  fn() {
    for (const [asked, got] of [[1, 4096], [4097, 8192], [100_000, 131_072]] as const) {
      const { reader, writer } = pipe({ capacity: asked });
      // Pages can be larger than 4096 bytes.
      assertGreaterOrEqual(reader.capacity, got);
      assertGreaterOrEqual(reader.capacity, asked);
      reader.close();
      writer.close();
    }
  },
});

Deno.test({
  name: "a fifo opened with a capacity has it at both ends",
  ignore,
  async fn() {
    using dir = tempDir();
    mkfifoSync(dir.join("fifo"));
    const opened = [
      openFifoReader(dir.join("fifo")),
      openFifoWriter(dir.join("fifo"), { capacity: 1 << 18 }),
    ] as const;
    using reader = await opened[0];
    using writer = await opened[1];
    assertEquals([reader.capacity, writer.capacity], [1 << 18, 1 << 18]);
  },
});

Deno.test("a capacity that is none is refused, and no descriptor stays open", () => {
  const before = countDescriptors();
  for (const capacity of [0, -1, 1.5, NaN, Infinity, 2 ** 31, 2 ** 53]) {
    assertThrows(() => pipe({ capacity }), RangeError, "capacity");
  }
  for (const wrong of ["4096", null, true, 4096n, {}]) {
    assertThrows(() => pipe({ capacity: wrong as number }), TypeError, "capacity takes a number");
  }
  assertEquals(countDescriptors(), before);
});

Deno.test({
  name: "a capacity above the system's limit is PermissionDenied, with what to do, for who is not root",
  ignore: ignore || skipIf(Deno.uid() !== 0, "only root can start a program as another user"),
  async fn() {
    await using child = startChild("too_much_capacity");
    assertEquals(
      await child.finished(),
      "PermissionDenied EPERM fcntl, tells pipe-max-size: true, descriptors left: 0\n",
    );
  },
});
