/** Every schema that has a name in the OpenAPI document. Routes refer to them by it. */
import type { TSchema } from "typebox";
import { Account, AccountAddress } from "./accounts.ts";
import { Problem } from "./common.ts";
import { Descriptor, DescriptorAddress, DescriptorRequest } from "./descriptors.ts";
import {
  EotsBackup,
  EotsExportRequest,
  EotsFloor,
  EotsFloorRequest,
  EotsKeyHistory,
  EotsRequireFloorRequest,
} from "./eots-history.ts";
import { EotsBatch, EotsBatchRequest, EotsRandomness, EotsRandomnessRequest } from "./eots.ts";
import { Freeze, FreezeRequest } from "./freezes.ts";
import { Key, KeyImportRequest, KeyRequest } from "./keys.ts";
import { Namespace, NamespaceRequest } from "./namespaces.ts";
import { Binding, BindingChange, BindingRequest, Policy } from "./policies.ts";
import { CreatedPrincipal, Principal, PrincipalChange, PrincipalRequest } from "./principals.ts";
import { Decision } from "./requests.ts";
import { SIGN_COMPONENTS } from "./sign.ts";
import {
  BoundsRequest,
  FloorsRequest,
  HistoryExportRequest,
  KeysChanged,
  KeysRequest,
  ProtectedKey,
  ProtectionStatus,
} from "./slashing-protection.ts";
import { UnsealRequest } from "./system.ts";
import { Wallet, WalletRequest } from "./wallets.ts";

const BODIES: Readonly<Record<string, TSchema>> = {
  WalletRequest,
  KeyRequest,
  KeyImportRequest,
  DescriptorRequest,
  FreezeRequest,
  BindingRequest,
  BindingChange,
  NamespaceRequest,
  PrincipalRequest,
  PrincipalChange,
  UnsealRequest,
  EotsBatchRequest,
  EotsRandomnessRequest,
  EotsExportRequest,
  EotsFloorRequest,
  EotsRequireFloorRequest,
  HistoryExportRequest,
  ValidatorKeysRequest: KeysRequest,
  SlashingFloorsRequest: FloorsRequest,
  SlashingBoundsRequest: BoundsRequest,
  SlashingProtection: ProtectionStatus,
  ProtectedKey,
  KeysChanged,
};

export const COMPONENTS: readonly TSchema[] = [
  Problem,
  Wallet,
  Account,
  AccountAddress,
  Descriptor,
  DescriptorAddress,
  Key,
  Freeze,
  Policy,
  Binding,
  Namespace,
  Principal,
  CreatedPrincipal,
  Decision,
  EotsBatch,
  EotsRandomness,
  EotsFloor,
  EotsKeyHistory,
  EotsBackup,
  ...Object.entries(BODIES).map(([name, schema]) => ({ ...schema, $id: name })),
  ...SIGN_COMPONENTS,
];
