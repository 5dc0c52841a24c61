/**
 * ERC-7739: what an owner signs so that a contract account approves another document. It is judged by that document, whose
 * domain it is signed under, and as the account's own.
 * @module
 */
import type { Field } from "../typed-data-hash.ts";
import type { TypedData } from "../typed-data.ts";
import { record, text } from "../values.ts";

const WRAPPER = "TypedDataSign";

/** The members around `contents`: the account's own domain (ERC-7739; Vectorized/solady src/accounts/ERC1271.sol). */
const ACCOUNT = "string name,string version,uint256 chainId,address verifyingContract,bytes32 salt";

export interface Wrapped {
  readonly contents: TypedData;
  /** Lowercase address of the account whose signature the contents get. */
  readonly account: string;
}

/** The document inside, or undefined where `document` is not the wrapper as the standard has it. */
export function unwrap(document: TypedData): Wrapped | undefined {
  const [contents, ...account] = document.types.get(WRAPPER) ?? [];
  if (document.primaryType !== WRAPPER || contents?.name !== "contents") return undefined;
  if (account.map((field: Field) => `${field.type} ${field.name}`).join(",") !== ACCOUNT) return undefined;
  if (!document.types.has(contents.type) || contents.type === WRAPPER) return undefined;
  // Contents of a type that contains itself may be left out: then nothing is there to judge.
  if (document.message["contents"] === null) return undefined;
  // A signature for an account on another chain than its application's would be one that nobody can use as it reads.
  if (document.domain["chainId"] !== document.message["chainId"]) return undefined;
  return {
    contents: {
      ...document,
      primaryType: contents.type,
      message: record(document.message, "contents"),
    },
    account: text(document.message, "verifyingContract"),
  };
}
