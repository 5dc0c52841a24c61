/** A whole transaction of ZKsync's own type 113, which its chains take as an EIP-712 document. */
import { invalid } from "../../../domain/errors.ts";
import { decodeArguments, parseParameters } from "../abi.ts";
import { visitCall } from "../calls.ts";
import { hex, hexes, text, type Values } from "../values.ts";
import { fixed, type Effect, type KnownDocument, type Signed } from "./document.ts";

/** `approvalBased(address,uint256,bytes)` of IPaymasterFlow: the account approves the paymaster before it is charged. */
const APPROVAL_BASED = "0x949431dc";
const APPROVAL_PARAMETERS = parseParameters("address token,uint256 minAllowance,bytes innerInput");

const transaction: Effect = (signed) => {
  const { effects, message, signer, field } = signed;
  if (text(message, "txType") !== "113" || addressMember(signed, "from") !== signer) {
    effects.opaque("unknownTypedData", "a ZKsync transaction of another type or of another account");
    return;
  }
  visitCall(effects, {
    from: signer,
    to: addressMember(signed, "to"),
    value: BigInt(text(message, "value")),
    data: hex(message, "data"),
    field: `${field}/data`,
  });
  // Code becomes known to the chain by its hash; which address runs it is in the call.
  for (const bytecode of hexes(message, "factoryDeps")) effects.controls("deployment", bytecode, null);
  visitPaymaster(signed);
  const max = BigInt(text(message, "gasLimit")) * BigInt(text(message, "maxFeePerGas"));
  effects.fee = { asset: "native", max: max.toString() };
};

/** A paymaster is foreign code: what it may take from the account is told only where that is an approval. */
function visitPaymaster(signed: Signed): void {
  const { effects, message, signer } = signed;
  const paymaster = addressMember(signed, "paymaster");
  const input = hex(message, "paymasterInput");
  if (BigInt(paymaster) === 0n && input === "0x") return;
  const approval = approvalIn(input);
  if (BigInt(paymaster) === 0n || approval === undefined) {
    effects.opaque("reservedFields", "a ZKsync transaction with a paymaster whose terms cannot be read");
    return;
  }
  effects.allow(`erc20:${text(approval, "token")}`, signer, paymaster, text(approval, "minAllowance"));
}

function approvalIn(input: string): Values | undefined {
  if (!input.startsWith(APPROVAL_BASED)) return undefined;
  return decodeArguments(APPROVAL_PARAMETERS, input.slice(APPROVAL_BASED.length));
}

/** Addresses are uint256 here. @throws SignerError `transaction.invalid` for one past 20 bytes */
function addressMember({ message, field }: Signed, name: string): string {
  const value = BigInt(text(message, name));
  if (value >> 160n !== 0n) throw invalid(`${field}/${name}`, "is not an address: it must fit 20 bytes");
  return `0x${value.toString(16).padStart(40, "0")}`;
}

export const ZKSYNC_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "ZKsync Transaction",
    type:
      "Transaction(uint256 txType,uint256 from,uint256 to,uint256 gasLimit,uint256 gasPerPubdataByteLimit," +
      "uint256 maxFeePerGas,uint256 maxPriorityFeePerGas,uint256 paymaster,uint256 nonce,uint256 value,bytes data," +
      "bytes32[] factoryDeps,bytes paymasterInput)",
    domains: [fixed({ members: "name,version,chainId" }, { name: ["zkSync"], version: ["2"] })],
    source: "matter-labs/era-contracts system-contracts/contracts/libraries/TransactionHelper.sol",
    effect: transaction,
  },
];
