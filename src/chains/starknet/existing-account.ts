/**
 * An account that exists already: the address that a request states, and what of it can be checked. A class, a guardian's place
 * in the constructor and a salt are believed only where they hash to the address; an address alone may be taken as stated.
 */
import { SignerError } from "../../domain/errors.ts";
import type { KeyAttributes } from "../../domain/keys.ts";
import type { AccountIdentity, KeyOptions } from "../adapter.ts";
import { DEPLOYED_CLASSES, openzeppelinClass, type DeployedClass } from "./account-classes.ts";
import { ACCOUNT_CLASSES, contractAddress, ownerOf, type AccountType } from "./accounts.ts";
import { ADDRESS_BOUND, addressText, feltText, PRIME } from "./felts.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const STATED = ["accountAddress", "classHash", "guardian", "salt"] as const;
const HEX = /^0x[0-9a-fA-F]{1,64}$/;

/** What a request states of an account, as `planKey` passes it on: 0x-hex by option. */
export type Statement = Readonly<Record<string, string>>;

/**
 * The options about an existing account, or undefined where all are absent.
 * @throws SignerError `request.malformed` for a value that is not a felt, or not an address
 */
export function readStatement(options: KeyOptions): Statement | undefined {
  const given = STATED.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, feltText(readFelt(value, name))]];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function readFelt(value: string, name: (typeof STATED)[number]): bigint {
  const felt = HEX.test(value) ? BigInt(value) : PRIME;
  const bound = name === "accountAddress" ? ADDRESS_BOUND : PRIME;
  if (felt < bound && (felt > 0n || name === "salt")) return felt;
  throw malformed(name, "must be 0x and up to 64 hex digits, of a value that StarkNet has, and not 0");
}

interface Existing {
  readonly owner: bigint;
  readonly type: AccountType | undefined;
  readonly address: bigint | undefined;
  readonly classHash: bigint | undefined;
  readonly guardian: bigint | undefined;
  readonly salt: bigint | undefined;
}

interface Match {
  readonly known: DeployedClass;
  readonly address: bigint;
}

/**
 * Address and attributes of a key whose account was stated. `addressSource` is `derived` where class, constructor and salt
 * hash to the address, and `stated` where nobody here can tell.
 * @param publicKey 32 bytes, x of the owner's public key
 * @throws SignerError `request.malformed` where what was stated does not fit together
 */
export function identifyAccount(
  publicKey: PublicKey,
  type: AccountType | undefined,
  statement: Statement,
): AccountIdentity {
  const existing: Existing = {
    owner: ownerOf(publicKey),
    type,
    address: feltOf(statement["accountAddress"]),
    classHash: feltOf(statement["classHash"]),
    guardian: feltOf(statement["guardian"]),
    salt: feltOf(statement["salt"]),
  };
  const match = existing.address === undefined ? derive(existing) : search(existing, existing.address);
  return match === undefined ? stated(existing) : derived(existing, match);
}

/** Without an address: one class must be meant. */
function derive(existing: Existing): Match {
  const { classHash, type } = existing;
  const wanted = classHash ?? BigInt(ACCOUNT_CLASSES[type ?? "openzeppelin"].classHash);
  const [known, ...others] = candidates({ ...existing, classHash: wanted });
  if (known === undefined) {
    throw malformed("classHash", `is not known for ${type ?? "any type"}; state accountAddress instead`);
  }
  if (others.length > 0) {
    throw malformed(
      "classHash",
      "is a proxy, of several implementations; state the implementation's class hash, or accountAddress",
    );
  }
  const address = addressOf(known, existing, existing.guardian);
  if (address === undefined)
    throw malformed("guardian", `an account of type ${known.accountType} has none; leave it out`);
  return { known, address };
}

/** With an address: a class that has it, or undefined where the address is all that was stated. */
function search(existing: Existing, wanted: bigint): Match | undefined {
  const { guardian, classHash, salt } = existing;
  // A guardian that came later is not in the constructor.
  const guardians = guardian === undefined ? [undefined] : [guardian, undefined];
  for (const known of candidates(existing)) {
    for (const inConstructor of guardians) {
      if (addressOf(known, existing, inConstructor) === wanted) return { known, address: wanted };
    }
  }
  if (classHash === undefined && salt === undefined) return undefined;
  throw malformed(
    "accountAddress",
    "is not what this key, class and salt give; leave classHash and salt out to have it taken as " +
      "stated. classHash is that of " +
      "the deployment, not of an upgrade",
  );
}

/** Known classes of the type, and of the hash where one is stated: a contract's, or a proxied implementation's. */
function candidates({ type, classHash }: Existing): readonly DeployedClass[] {
  const ofType = DEPLOYED_CLASSES.filter((known) => type === undefined || known.accountType === type);
  if (classHash === undefined) return ofType;
  const found = ofType.filter((known) => known.classHash === classHash || known.implementation === classHash);
  if (found.length > 0 || type !== "openzeppelin") return found;
  return [openzeppelinClass(classHash)];
}

function addressOf(
  known: DeployedClass,
  { owner, salt }: Existing,
  guardian: bigint | undefined,
): bigint | undefined {
  const calldata = known.calldata(owner, guardian);
  return calldata && contractAddress(salt ?? owner, known.classHash, calldata);
}

function derived({ owner, guardian, salt }: Existing, { known, address }: Match): AccountIdentity {
  const attributes: KeyAttributes = {
    accountType: known.accountType,
    classHash: addressText(known.classHash),
    classVersion: known.classVersion,
    addressSource: "derived",
    ...(known.implementation === undefined ? {} : { implementation: addressText(known.implementation) }),
    ...(salt === undefined || salt === owner ? {} : { salt: feltText(salt) }),
    ...(guardian === undefined ? {} : { guardian: feltText(guardian) }),
  };
  return { address: addressText(address), attributes };
}

function stated({ type, address, guardian }: Existing): AccountIdentity {
  if (address === undefined || type === undefined) {
    throw malformed(
      "accountType",
      "is needed: no class that is known here gives this key that account address; state the wallet " +
        "that made it",
    );
  }
  if (guardian !== undefined && type !== "argent") {
    throw malformed("guardian", `an account of type ${type} has none; leave it out`);
  }
  const attributes: KeyAttributes = {
    accountType: type,
    addressSource: "stated",
    ...(guardian === undefined ? {} : { guardian: feltText(guardian) }),
  };
  return { address: addressText(address), attributes };
}

function feltOf(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : BigInt(text);
}

function malformed(name: string, message: string): SignerError {
  return new SignerError("request.malformed", `/${name}: ${message}`, { field: `/${name}` });
}
