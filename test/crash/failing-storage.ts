/** Storage that fails for real: a tmpfs that is full, an fsync that returns an error. Both need rights that some machines lack. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Installation } from "./installation.ts";

export const NEEDS_MOUNT = "needs the right to mount a tmpfs (root)";
export const NEEDS_COMPILER = "needs a C compiler (cc)";

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

/** Makes `directory` a file system of `size`, as `2m`; false where that is not permitted. */
export function mountSmall(directory: string, size: string): boolean {
  return runs("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "tmpfs", directory]);
}

/** Gives a small file system another size. */
export function resize(directory: string, size: string): boolean {
  return runs("mount", ["-o", `remount,size=${size}`, directory]);
}

/** Builds the library that makes fsync fail; null without a compiler. @returns the environment of a service with it */
export function failingSync(directory: string, faultFile: string): Readonly<Record<string, string>> | null {
  const shim = join(directory, "failing-sync.so");
  const source = join(import.meta.dirname, "failing-sync.c");
  if (!runs("cc", ["-shared", "-fPIC", "-o", shim, source, "-ldl"])) return null;
  // A checkpoint of the service's own would meet the fault that was planned for an act.
  return { LD_PRELOAD: shim, TEST_SYNC_FAULT: faultFile, CLAVIGER_AUDIT__CHECKPOINT_SECONDS: "0" };
}

/** Runs a command; false when it is not there or not permitted. */
function runs(command: string, parameters: readonly string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
