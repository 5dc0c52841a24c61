/**
 * ERC-7579 executions, and the batches of ERC-7821 that share their function: `execute(bytes32 mode, bytes executionData)`.
 * The mode says how the data is packed; a mode that is not exactly one of the known ones is opaque.
 * Source: ethereum/ERCs, ERCS/erc-7579.md and erc-7821.md.
 * @module
 */
import { invalid } from "../../../domain/errors.ts";
import { decodeArguments, parseParameters } from "../abi.ts";
import { ZERO_ADDRESS } from "../address.ts";
import type { CallSite, Effects } from "../effects.ts";
import type { Hex } from "../fields.ts";
import { hex, hexes, records, text, type Values } from "../values.ts";

const CALLS = parseParameters("(address target,uint256 value,bytes data)[] calls");
const CALLS_AND_DATA = parseParameters("(address target,uint256 value,bytes data)[] calls,bytes opData");
const BATCHES = parseParameters("bytes[] batches");

/** Call type, execution type (revert or go on), 4 zero bytes, selector of the mode, 22 zero bytes. */
const SINGLE = /^0x000[01]0{60}$/;
const BATCH = /^0x010[01]0{60}$/;
const BATCH_WITH_DATA = /^0x010000000000782100010{44}$/;
const BATCHES_WITH_DATA = /^0x010000000000782100020{44}$/;
const DELEGATECALL = /^0xff/;

/** Digits of 0x, an address and a value. */
const ADDRESS_END = 42;
const VALUE_END = ADDRESS_END + 64;

/** The calls that `account` makes. @throws SignerError `transaction.invalid` for data that is not packed as the mode says */
export function executions(
  effects: Effects,
  account: string,
  args: Values,
  field: string,
): readonly CallSite[] {
  const mode = text(args, "mode");
  const data = hex(args, "executionData");
  if (SINGLE.test(mode)) return [single(account, data, field)];
  if (BATCH.test(mode)) return batch(effects, account, data, field, "ambiguous");
  if (BATCH_WITH_DATA.test(mode)) return batch(effects, account, data, field, "account");
  if (BATCHES_WITH_DATA.test(mode)) {
    const batches = hexes(decoded(BATCHES, data, field), "batches");
    return batches.flatMap((calls) => batch(effects, account, calls, field, "account"));
  }
  if (DELEGATECALL.test(mode)) effects.opaque("delegateCall", "an account that delegatecalls (ERC-7579)");
  else effects.opaque("unknownForm", `an execution in the mode ${mode}, which is not known`);
  return [];
}

function single(account: string, data: Hex, field: string): CallSite {
  if (data.length < VALUE_END)
    throw invalid(
      field,
      "is too short for one packed execution (ERC-7579); encode it with a standard library",
    );
  return {
    from: account,
    to: data.slice(0, ADDRESS_END),
    value: BigInt(`0x${data.slice(ADDRESS_END, VALUE_END)}`),
    data: `0x${data.slice(VALUE_END)}`,
    field,
  };
}

/** What the zero address means as a target: the account itself for ERC-7821, either for the mode that both standards have. */
type ZeroTarget = "account" | "ambiguous";

function batch(
  effects: Effects,
  account: string,
  data: Hex,
  field: string,
  zero: ZeroTarget,
): readonly CallSite[] {
  const values = zero === "account" ? withOptionalData(effects, data, field) : decoded(CALLS, data, field);
  return records(values, "calls").map((call) => {
    const target = text(call, "target");
    if (target === ZERO_ADDRESS && zero === "ambiguous") {
      effects.opaque(
        "unknownForm",
        "a batch that calls the zero address, which some accounts take for themselves",
      );
    }
    return {
      from: account,
      to: target === ZERO_ADDRESS && zero === "account" ? account : target,
      value: BigInt(text(call, "value")),
      data: hex(call, "data"),
      field,
    };
  });
}

/** ERC-7821 leaves the meaning of `opData` to the account, so it may be empty at most. */
function withOptionalData(effects: Effects, data: Hex, field: string): Values {
  const both = decodeArguments(CALLS_AND_DATA, data.slice(2));
  if (both === undefined) return decoded(CALLS, data, field);
  if (hex(both, "opData") !== "0x")
    effects.opaque("unknownForm", "a batch with data for its account alone (ERC-7821)");
  return both;
}

function decoded(parameters: ReturnType<typeof parseParameters>, data: Hex, field: string): Values {
  const values = decodeArguments(parameters, data.slice(2));
  if (values === undefined)
    throw invalid(
      field,
      "is not the canonical encoding of what its mode says (ERC-7579); encode it with a standard library",
    );
  return values;
}
