/** Identifiers that sort by the time of their making: a prefix that tells the kind, then time, then 80 random bits. */
import { randomUUID } from "node:crypto";
import type {
  BindingId,
  DescriptorId,
  FreezeId,
  KeyId,
  PrincipalId,
  RequestId,
  WalletId,
} from "../domain/kinds.ts";

/** What the id of each prefix names. */
interface Identifiers {
  readonly wal: WalletId;
  readonly key: KeyId;
  readonly req: RequestId;
  readonly bnd: BindingId;
  readonly prn: PrincipalId;
  readonly dsc: DescriptorId;
  readonly frz: FreezeId;
}

/** E.g. `req_0mi2k3abcd1f…`: 9 base-36 digits of Unix milliseconds and 20 hex digits. */
export function newIdentifier<Prefix extends keyof Identifiers>(prefix: Prefix): Identifiers[Prefix] {
  // The digits of a UUID outside of its version and variant: randomUUID draws entropy in stock, randomBytes each time.
  const uuid = randomUUID();
  return `${prefix}_${Date.now().toString(36).padStart(9, "0")}${uuid.slice(0, 8)}${uuid.slice(24)}`;
}
