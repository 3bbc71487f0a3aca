// File reads with nothing else going on.
import { readFiles } from "./read_files.ts";

await readFiles();
