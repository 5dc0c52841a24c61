/** Messages about the validator itself: its deposit, exit, withdrawal address and the fees it asks builders for. */
import { ssz } from "@lodestar/types";
import { equalBytes, fromHex, toHex } from "../../domain/bytes.ts";
import { DOMAIN } from "./domain.ts";
import { exactType } from "./exact-types.ts";
import { fact, type DutyKind, type DutyKinds } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { malformed, readBytes, readUint, readValue } from "./read-json.ts";

const VOLUNTARY_EXIT: DutyKind = {
  payload: "voluntary_exit",
  effect: {
    found: (facts) => ({
      control: [{ what: "irreversible", of: `validator:${fact(facts, "validatorIndex")}`, to: null }],
    }),
  },
  irrevocable: true,
  read(payload, pointer) {
    const epoch = readUint(payload["epoch"], `${pointer}/epoch`);
    const type = exactType(ssz.phase0.VoluntaryExit);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.voluntaryExit,
      domain: { rule: "exit", epoch },
      facts: {
        epoch: String(epoch),
        validatorIndex: String(readUint(payload["validator_index"], `${pointer}/validator_index`)),
      },
    };
  },
};

const DEPOSIT: DutyKind = {
  payload: "deposit",
  // The deposit itself is paid by a transaction that this signature goes into; here it is decided who may withdraw.
  effect: {
    found: (facts) => ({
      control: [{ what: "authority", of: fact(facts, "pubkey"), to: fact(facts, "withdrawalCredentials") }],
    }),
  },
  irrevocable: true,
  read(payload, pointer, network) {
    const version = readGenesisVersion(
      payload["genesis_fork_version"],
      `${pointer}/genesis_fork_version`,
      network,
    );
    const type = exactType(ssz.phase0.DepositMessage);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.deposit,
      domain: { rule: "rootless", version },
      facts: {
        pubkey: hexOf(payload["pubkey"], `${pointer}/pubkey`, 48),
        withdrawalCredentials: hexOf(
          payload["withdrawal_credentials"],
          `${pointer}/withdrawal_credentials`,
          32,
        ),
        amount: String(readUint(payload["amount"], `${pointer}/amount`)),
      },
    };
  },
};

const BLS_TO_EXECUTION_CHANGE: DutyKind = {
  // Lodestar's own type; it writes the member's name in capitals.
  payload: "BLS_TO_EXECUTION_CHANGE",
  // Once, and for ever: the protocol knows no way back.
  effect: {
    found: (facts) => ({
      control: (["authority", "irreversible"] as const).map((what) => ({
        what,
        of: `validator:${fact(facts, "validatorIndex")}`,
        to: fact(facts, "toExecutionAddress"),
      })),
    }),
  },
  irrevocable: true,
  read(payload, pointer) {
    const type = exactType(ssz.capella.BLSToExecutionChange);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.blsToExecutionChange,
      domain: { rule: "genesis" },
      facts: {
        validatorIndex: String(readUint(payload["validator_index"], `${pointer}/validator_index`)),
        fromBlsPubkey: hexOf(payload["from_bls_pubkey"], `${pointer}/from_bls_pubkey`, 48),
        toExecutionAddress: hexOf(payload["to_execution_address"], `${pointer}/to_execution_address`, 20),
      },
    };
  },
};

const VALIDATOR_REGISTRATION: DutyKind = {
  payload: "validator_registration",
  effect: { nothing: "names who is paid for later blocks that builders make; nothing that is owned moves" },
  read(payload, pointer, network) {
    const type = exactType(ssz.bellatrix.ValidatorRegistrationV1);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.applicationBuilder,
      domain: { rule: "rootless", version: genesisVersion(network) },
      facts: {
        feeRecipient: hexOf(payload["fee_recipient"], `${pointer}/fee_recipient`, 20),
        gasLimit: String(readUint(payload["gas_limit"], `${pointer}/gas_limit`)),
        timestamp: String(readUint(payload["timestamp"], `${pointer}/timestamp`)),
        pubkey: hexOf(payload["pubkey"], `${pointer}/pubkey`, 48),
      },
    };
  },
};

export const ACCOUNT_DUTIES: DutyKinds = new Map([
  ["VOLUNTARY_EXIT", VOLUNTARY_EXIT],
  ["DEPOSIT", DEPOSIT],
  ["BLS_TO_EXECUTION_CHANGE", BLS_TO_EXECUTION_CHANGE],
  ["VALIDATOR_REGISTRATION", VALIDATOR_REGISTRATION],
]);

/** A deposit's signature is valid on every chain with this version: another network's must not come by mistake. */
function readGenesisVersion(value: unknown, pointer: string, network: ValidatorNetwork): Uint8Array {
  const version = readBytes(value, pointer, 4);
  const expected = genesisVersion(network);
  if (equalBytes(version, expected)) return version;
  throw malformed(
    pointer,
    `is ${toHex(version)}, but ${network.name}, the network of this key, has ${toHex(expected)}; ` +
      `use a key of that network`,
  );
}

/** 4 bytes. */
export function genesisVersion(network: ValidatorNetwork): Uint8Array {
  return versionBytes(network.forkVersions[0]);
}

/** 4 bytes of a fork version in 0x-hex. */
export function versionBytes(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length !== 4) throw new RangeError(`${text} is not a fork version`);
  return bytes;
}

/** The same bytes in lower case, as policies compare them. */
export function hexOf(value: unknown, pointer: string, length: number): string {
  return toHex(readBytes(value, pointer, length));
}
