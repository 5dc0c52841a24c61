/**
 * Rows and what they stand for: one mapping for each table, in both directions. A row leaves this folder only as its noun; a word
 * or a document that does not check stops whoever reads it.
 * @module
 */
import type { Principal, PrincipalRecord } from "../access/principals.ts";
import { ROLES, type Role } from "../access/roles.ts";
import { canonicalJson } from "../domain/canonical.ts";
import {
  attributesIn,
  CHAINS,
  CURVES,
  DERIVATIONS,
  KEY_STATES,
  type KeyAttributes,
  type KeyRecord,
} from "../domain/keys.ts";
import { BINDING_MODES, SCOPE_KINDS, type Binding, type Policy } from "../domain/policies.ts";
import {
  listIn,
  objectIn,
  storedJson,
  storedObject,
  storedWord,
  textIn,
  within,
  type StoredPlace,
} from "../domain/stored.ts";
import { problemIn, type RecordedRequest } from "../domain/requests.ts";
import type { RegisteredDescriptor } from "../domain/wallets.ts";

/** The noun as its columns hold it: these members are texts that are still to be read. */
type Row<Noun, Texts extends keyof Noun> = Omit<Noun, Texts> & Readonly<Record<Texts, string>>;

const at = (table: string, id: string, member: string): StoredPlace => ({ table, id, member });

/** SQLite's bytes are a Buffer over memory that others share. */
const bytes = (stored: Uint8Array): Uint8Array => new Uint8Array(stored);

export type KeyRow = Row<KeyRecord, "chain" | "curve" | "derivation" | "attributes" | "state">;

/** A deleted key has a date, and is stored as `disabled`, so that whoever ignores the date does not take it for active. */
export const KEY_COLUMNS = `id, namespace, wallet_id AS walletId, chain, curve, derivation, path, public_key AS publicKey,
  address, label, attributes, CASE WHEN deleted_at IS NULL THEN state ELSE 'deleted' END AS state, created_at AS createdAt`;

/** @param attributes what the row's attributes say, where they were read before */
export function keyOf(row: KeyRow, attributes?: KeyAttributes): KeyRecord {
  const { id } = row;
  return {
    ...row,
    chain: storedWord(CHAINS, row.chain, at("key", id, "chain")),
    curve: storedWord(CURVES, row.curve, at("key", id, "curve")),
    derivation: storedWord(DERIVATIONS, row.derivation, at("key", id, "derivation")),
    publicKey: bytes(row.publicKey),
    attributes: attributes ?? attributesIn(row.attributes, at("key", id, "attributes")),
    state: storedWord(KEY_STATES, row.state, at("key", id, "state")),
  };
}

export function storedKey(key: KeyRecord): KeyRow {
  return { ...key, attributes: canonicalJson(key.attributes) };
}

export type PrincipalRow = Row<Required<Principal>, "roles" | "groups"> & Pick<PrincipalRecord, "tokenHash">;

export const PRINCIPAL_COLUMNS = `id, namespace, name, roles, groups, token_hash AS tokenHash, created_at AS createdAt,
  version, token_version AS tokenVersion`;

export function principalOf({ tokenHash, ...row }: PrincipalRow): PrincipalRecord {
  const roles = at("principal", row.id, "roles");
  const groups = at("principal", row.id, "groups");
  return {
    principal: {
      ...row,
      // A role that this release does not know carries nothing, and stays in the row.
      roles: listIn(storedJson(row.roles, roles), roles, textIn).filter(isRole),
      groups: listIn(storedJson(row.groups, groups), groups, textIn),
    },
    tokenHash: bytes(tokenHash),
  };
}

export function storedPrincipal({ principal, tokenHash }: PrincipalRecord): PrincipalRow {
  const { roles, groups } = principal;
  return { ...principal, roles: JSON.stringify(roles), groups: JSON.stringify(groups), tokenHash };
}

export const WALLET_COLUMNS = "id, namespace, name, created_at AS createdAt";

export type PolicyRow = Row<Policy, "meter">;

export const POLICY_COLUMNS =
  "namespace, digest, name, size_bytes AS sizeBytes, abi, meter, created_at AS createdAt";

export function policyOf(row: PolicyRow): Policy {
  const place = at("policy", row.digest, "meter");
  return { ...row, meter: storedObject(row.meter, place) };
}

export function storedPolicy(policy: Policy): PolicyRow {
  return { ...policy, meter: canonicalJson(policy.meter) };
}

export type BindingRow = Omit<Row<Binding, "mode">, "scope"> & {
  readonly scopeKind: string;
  readonly scopeId: string;
};

export const BINDING_COLUMNS = `id, namespace, policy, scope_kind AS scopeKind, scope_id AS scopeId, settings,
  fuel_max AS fuelMax, mode, created_at AS createdAt, version`;

export function bindingOf({ scopeKind, scopeId, ...row }: BindingRow): Binding {
  const { id } = row;
  // They go into the policy's input as they are: what is not an object there would fail each evaluation.
  storedObject(row.settings, at("binding", id, "settings"));
  return {
    ...row,
    scope: { kind: storedWord(SCOPE_KINDS, scopeKind, at("binding", id, "scope_kind")), id: scopeId },
    mode: storedWord(BINDING_MODES, row.mode, at("binding", id, "mode")),
  };
}

export function storedBinding({ scope, ...binding }: Binding): BindingRow {
  return { ...binding, scopeKind: scope.kind, scopeId: scope.id };
}

export type DescriptorRow = Row<RegisteredDescriptor, "ownKeys">;

export const DESCRIPTOR_COLUMNS = `id, namespace, wallet_id AS walletId, name, network, descriptor, own_keys AS ownKeys,
  receive_address AS receiveAddress, change_address AS changeAddress, created_at AS createdAt`;

export function descriptorOf(row: DescriptorRow): RegisteredDescriptor {
  const place = at("descriptor", row.id, "own_keys");
  return {
    ...row,
    ownKeys: listIn(storedJson(row.ownKeys, place), place, (value, there) => {
      const { name, keyId } = objectIn(value, there);
      return { name: textIn(name, within(there, "name")), keyId: textIn(keyId, within(there, "keyId")) };
    }),
  };
}

export function storedDescriptor(descriptor: RegisteredDescriptor): DescriptorRow {
  return { ...descriptor, ownKeys: JSON.stringify(descriptor.ownKeys) };
}

export type RequestRow = Omit<RecordedRequest, "decision" | "problem"> & {
  readonly decision: string;
  readonly problem: string | null;
};

export const REQUEST_COLUMNS = `id, namespace, key_id AS keyId, principal, type, received_at AS receivedAt,
  idempotency_key AS idempotencyKey, body_hash AS bodyHash, decision, problem, evidence, result, sequence`;

/** Evidence and result stay text: they are long, and this is the thread that writes. */
export function requestOf(row: RequestRow): RecordedRequest {
  const { id } = row;
  return {
    ...row,
    bodyHash: bytes(row.bodyHash),
    decision: decisionOf(id, row.decision),
    problem: row.problem === null ? null : problemIn(row.problem, at("request", id, "problem")),
  };
}

export function decisionOf(id: string, word: string): RecordedRequest["decision"] {
  return storedWord(["allow", "deny"], word, at("request", id, "decision"));
}

export function storedRequest(request: Omit<RecordedRequest, "result">): Omit<RequestRow, "result"> {
  const { problem } = request;
  return { ...request, problem: problem === null ? null : JSON.stringify(problem) };
}

function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}
