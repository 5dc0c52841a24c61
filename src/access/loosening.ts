/**
 * Who may let something be signed again that was forbidden: the one rule, for every door. It is asked in the transaction that
 * would do it, of the caller as it is then.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import { assertAllowed, isAllowed, type LiveCaller, type Need } from "./actors.ts";

/** What is loosened, and what that needs of whoever asks. */
export const LOOSENS = {
  /** A key of the caller's namespace that was disabled is active again. */
  keyState: "key.enable",
  /** A bound of validator keys is lifted or moved up. */
  bound: "slashing.lift",
  /** A freeze is lifted by the public key's name. Whether the key runs elsewhere meanwhile only people know. */
  freeze: "slashing.everyKey",
  /** A freeze is lifted by whoever brings the private key, and says by that that it signs here. */
  freezeOfImported: "key.import",
  /** A freeze of a finality provider's key is lifted: by commands alone, while no service runs. */
  eotsFreeze: "installation",
  /** Settings of the whole directory, of which some loosen. */
  settings: "installation",
} as const satisfies Readonly<Record<string, Need>>;

export type Loosening = keyof typeof LOOSENS;

/**
 * @param isHeldElsewhere another namespace has the same private key and has not deleted it: what that one relies on is not this
 * one's to lift, but its who reaches every key @param whose the public key in 0x-hex, for the message; empty for all of them
 * @throws SignerError `auth.forbidden`
 */
export function assertMayLoosen(
  caller: LiveCaller,
  what: Loosening,
  { isHeldElsewhere, whose }: { readonly isHeldElsewhere: boolean; readonly whose: string },
): void {
  const message = REFUSALS[what]?.(whose);
  const shared = isHeldElsewhere && !isAllowed(caller, "slashing.everyKey");
  if (message !== undefined && (shared || !isAllowed(caller, LOOSENS[what]))) {
    throw new SignerError("auth.forbidden", message);
  }
  assertAllowed(caller, LOOSENS[what]);
  if (isHeldElsewhere) assertAllowed(caller, "slashing.everyKey");
}

const REFUSALS: { readonly [What in Loosening]?: (whose: string) => string } = {
  bound: (whose) =>
    `a bound${whose === "" ? "" : ` of ${whose}`} would be lifted or moved up, which needs the role KeyAdmin, and of the root ` +
    "namespace where the installation holds the key outside of yours too; nothing was changed",
  freezeOfImported: () =>
    "the public key is frozen, and the installation holds it outside of your namespace too; nothing was changed. Ask a " +
    "NamespaceAdmin of the root namespace to lift the freeze (POST /v1/slashing-protection/enable), and import the key again",
};
