/**
 * The Address Lookup Table program. A table only grows until it is frozen, or deactivated and closed. Facts:
 * solana-program/address-lookup-table, program/src/instruction.rs and processor.rs.
 * @module
 */
import {
  type Codec,
  getAddressCodec,
  getArrayCodec,
  getConstantCodec,
  getHiddenPrefixCodec,
  getStructCodec,
  getU32Codec,
  getU64Codec,
  getU8Codec,
} from "@solana/kit";
import { authorities, forGood, nothing, remainder } from "./effects.ts";
import { known, programReader, structured } from "./program-reader.ts";

const DISCRIMINATOR_BYTES = 4;
/** Rent at the cluster default: 128 bytes of overhead, the table's head, and 32 bytes for each address. */
const LAMPORTS_PER_BYTE = 6960n;
const EMPTY_TABLE = (128n + 56n) * LAMPORTS_PER_BYTE;
const ONE_ADDRESS = 32n * LAMPORTS_PER_BYTE;

const CREATE = numbered(0);
const FREEZE = numbered(1);
const EXTEND = numbered(2);
const DEACTIVATE = numbered(3);
const CLOSE = numbered(4);

const empty = getStructCodec([]);
const newTable = getStructCodec([
  ["recentSlot", getU64Codec()],
  ["bump", getU8Codec()],
]);
const newAddresses = getStructCodec([
  ["addresses", getArrayCodec(getAddressCodec(), { size: getU64Codec() })],
]);

const layouts = [
  known(
    "createLookupTable",
    CREATE,
    structured(["table", "authority", "payer", "systemProgram"], prefixed(CREATE, newTable)),
    ({ accounts: { table, authority, payer } }, own) => ({
      ...authorities(
        table.address,
        [authority.address],
        own,
        "our own key decides over the new lookup table; its rent is in the fee",
      ),
      rent: { payer: payer.address, lamports: EMPTY_TABLE },
    }),
  ),
  known(
    "freezeLookupTable",
    FREEZE,
    structured(["table", "authority"], prefixed(FREEZE, empty)),
    ({ accounts }) => forGood("authority", accounts.table.address),
  ),
  known(
    "extendLookupTable",
    EXTEND,
    structured(["table", "authority"], prefixed(EXTEND, newAddresses)),
    ({ data }, _own, [, , payer]) => ({
      ...nothing("extending a lookup table leaves what stands in it; its rent is in the fee"),
      ...(payer === undefined
        ? {}
        : { rent: { payer: payer.address, lamports: BigInt(data.addresses.length) * ONE_ADDRESS } }),
    }),
  ),
  known(
    "deactivateLookupTable",
    DEACTIVATE,
    structured(["table", "authority"], prefixed(DEACTIVATE, empty)),
    ({ accounts }) => forGood("account", accounts.table.address),
  ),
  known(
    "closeLookupTable",
    CLOSE,
    structured(["table", "authority", "recipient"], prefixed(CLOSE, empty)),
    ({ accounts }, own) => remainder("closeLookupTable", accounts.recipient.address, own),
  ),
];

export const lookupTableProgram = programReader("addressLookupTable", layouts, () => DISCRIMINATOR_BYTES);

function numbered(number: number) {
  return getU32Codec().encode(number);
}

function prefixed<F, D extends F & object>(discriminator: ReturnType<typeof numbered>, fields: Codec<F, D>) {
  return getHiddenPrefixCodec(fields, [getConstantCodec(discriminator)]);
}
