/** Calls that a relayer sends in the name of who signed them (EIP-2771, and tokens that do it themselves). */
import { SELECTOR_LENGTH, visitCall } from "../calls.ts";
import type { CallSite } from "../effects.ts";
import { hex, text } from "../values.ts";
import { contractOf, FULL, SALTED, type Effect, type KnownDocument, type Signed } from "./document.ts";

/** True where the signature is in the signer's own name; else it is valid only where somebody else's word says so. */
function isOwn({ effects, message, signer }: Signed): boolean {
  const from = text(message, "from");
  if (from === signer) return true;
  effects.opaque("unknownTypedData", `a relayed call in the name of ${from}, which is not the key's address`);
  return false;
}

/** Whoever relays appends the signer's address to the data: alone, it is what the callee takes for a selector. */
function visitRelayed({ effects }: Signed, site: CallSite): void {
  visitCall(effects, site);
  if (site.data !== "0x") return;
  const call = { to: site.to, value: site.value.toString(), selector: site.from.slice(0, SELECTOR_LENGTH) };
  effects.unknownCall(call, site.field, `a call of ${site.to} with the signer's address as its only data`);
}

const forwarded: Effect = (signed) => {
  if (!isOwn(signed)) return;
  const { message, signer, field } = signed;
  visitRelayed(signed, {
    from: signer,
    to: text(message, "to"),
    value: BigInt(text(message, "value")),
    data: hex(message, "data"),
    field: `${field}/data`,
  });
};

/** The contract calls itself with these bytes, and takes the signer for the sender. */
const metaTransaction: Effect = (signed) => {
  if (!isOwn(signed)) return;
  const { message, signer, field } = signed;
  visitRelayed(signed, {
    from: signer,
    to: contractOf(signed),
    value: 0n,
    data: hex(message, "functionSignature"),
    field: `${field}/functionSignature`,
  });
};

export const RELAYED_DOCUMENTS: readonly KnownDocument[] = [
  {
    name: "ForwardRequest (MinimalForwarder)",
    type: "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,bytes data)",
    domains: [FULL],
    source: "OpenZeppelin/openzeppelin-contracts 4.3 to 4.9 contracts/metatx/MinimalForwarder.sol",
    effect: forwarded,
  },
  {
    name: "ForwardRequest (ERC2771Forwarder)",
    type: "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)",
    domains: [FULL],
    source: "OpenZeppelin/openzeppelin-contracts 5.0 contracts/metatx/ERC2771Forwarder.sol",
    effect: forwarded,
  },
  {
    name: "ForwardRequest (OpenGSN)",
    type: "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,bytes data,uint256 validUntilTime)",
    domains: [FULL],
    source: "opengsn/gsn packages/contracts/src/forwarder/Forwarder.sol",
    effect: forwarded,
  },
  {
    name: "MetaTransaction",
    type: "MetaTransaction(uint256 nonce,address from,bytes functionSignature)",
    domains: [SALTED, FULL],
    source: "maticnetwork/pos-portal contracts/common/NativeMetaTransaction.sol",
    effect: metaTransaction,
  },
];
