/** Everything a policy needs, in one import. */
export { policy_abi_v1, policy_alloc, respond, respondToSettings } from "./abi";
export { normalAddress, normalAsset, sameAddress, sameAsset } from "./address";
export { addDecimals, compareDecimals, isDecimal } from "./decimal";
export { log, selectorOf } from "./host";
export {
  Allowance,
  Approval,
  Call,
  Control,
  Environment,
  Fee,
  Input,
  Intent,
  Key,
  RequestInfo,
  Signer,
  Transfer,
} from "./input";
export { Json, JsonKind } from "./json";
export * from "./settings";
export { allow, allowOpaque, ApprovalTerms, deny, Limit, requireApproval, Verdict } from "./verdict";
