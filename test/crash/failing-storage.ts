/** Storage that fails for real: a file system of a few megabytes, and a libc whose fsync reports an error. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Installation } from "./installation.ts";

/** A directory for one test, and the end of what ran in it: hooks would run in the order in which they were set. */
export function temporary(t: TestContext): { directory: string; installations: Installation[] } {
  const directory = mkdtempSync(join(tmpdir(), "claviger-storage-"));
  const installations: Installation[] = [];
  t.after(async () => {
    for (const { service } of installations) await service.stop();
    runs("umount", ["-l", directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return { directory, installations };
}

/** Runs a command; false when it is not there or not permitted. */
export function runs(command: string, parameters: readonly string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Variables under which fsync fails as long as `faultFile` exists; undefined without a C compiler. */
export function failingSync(directory: string, faultFile: string): Record<string, string> | undefined {
  const shim = join(directory, "failing-sync.so");
  const source = join(import.meta.dirname, "failing-sync.c");
  if (!runs("cc", ["-shared", "-fPIC", "-o", shim, source, "-ldl"])) return undefined;
  return { LD_PRELOAD: shim, TEST_SYNC_FAULT: faultFile };
}
