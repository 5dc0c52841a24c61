/** Who may be able to read a file that holds a secret. If others can, the file is refused wherever it is read. */

/** Of `stat`: permission bits and owner. */
export interface FileOwnership {
  readonly mode: number;
  readonly uid: number;
}

const GROUP_AND_OTHERS = 0o077;
/** As Kubernetes mounts a secret for the group of a pod: root's, and nobody writes it. */
const MOUNTED = 0o440;
const ROOT = 0;

/**
 * Why a secret must not be read from the file at `path`, and what to do; null where it may. Only the owner may have access,
 * but for a file of root's with mode 440: so an orchestrator hands a secret to a service that is not root. Symbolic
 * links are followed by whoever asks. Without owners, as on Windows, nothing is refused.
 */
export function exposureOf(path: string, { mode, uid }: FileOwnership, owners: boolean): string | null {
  const open = mode & GROUP_AND_OTHERS;
  if (!owners || open === 0 || (uid === ROOT && (mode & 0o777) === MOUNTED)) return null;
  const who = (open & 0o007) === 0 ? "its group" : "others";
  const bits = (mode & 0o777).toString(8).padStart(3, "0");
  return (
    `${path} has mode ${bits} and is open to ${who}; run chmod 600 ${path}, or mount it with mode 0400 ` +
    "(docs/configuration.md, secret files)"
  );
}
