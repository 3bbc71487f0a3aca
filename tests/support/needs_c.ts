/** What support() tells of, that works by calls of the C library alone. */
export const NEEDS_C = [
  "pipes",
  "fifos",
  "children",
  "pipeCapacity",
  "noOrphans",
  "unixDatagrams",
  "descriptorPassing",
  "sharedMemory",
  "reapSharedMemory",
  "fileLocks",
] as const;
