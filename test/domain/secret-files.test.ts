/** Files with a secret: every permission bit, for files of this user and of root. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exposureOf } from "../../src/domain/secret-files.ts";

const [USER, ROOT] = [1000, 0];
const REGULAR = 0o100_000;

/** Modes with which group or others have access, and a secret is read. */
function opened(uid: number): string[] {
  const modes = Array.from({ length: 0o1000 }, (_, mode) => mode);
  return modes
    .filter((mode) => exposureOf("/run/secret", { mode: REGULAR | mode, uid }, true) === null)
    .filter((mode) => (mode & 0o077) !== 0)
    .map((mode) => mode.toString(8));
}

test("secret files: only the owner has access, but for root's mode 440, as Kubernetes mounts it", () => {
  assert.deepEqual(opened(USER), []);
  assert.deepEqual(opened(ROOT), ["440"]);
  assert.equal(exposureOf("/run/secret", { mode: REGULAR | 0o600, uid: USER }, true), null);
});

test("secret files: the reason says mode, who, and what to do", () => {
  const reason = (mode: number, uid: number) =>
    exposureOf("/run/secret", { mode: REGULAR | mode, uid }, true);
  assert.match(
    reason(0o644, USER) ?? "",
    /^\/run\/secret has mode 644 and is open to others; run chmod 600 \/run\/secret, or mount it with mode 0400/,
  );
  assert.match(reason(0o640, USER) ?? "", /mode 640 and is open to its group/);
  assert.match(reason(0o460, ROOT) ?? "", /mode 460 and is open to its group/);
  assert.match(reason(0o444, ROOT) ?? "", /mode 444 and is open to others/);
});

test("secret files: without owners nothing is said", () => {
  assert.equal(exposureOf("C:\\secret", { mode: REGULAR | 0o666, uid: 0 }, false), null);
});
