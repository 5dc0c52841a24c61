/** Everything a policy needs, in one import. */
export { policy_abi_v1, policy_alloc, respond, respondToSettings } from "./abi";
export { isHex, lowerHex, normalAddress, normalAsset, sameAddress, sameAsset } from "./address";
export { checkChain, isHere, placeOf } from "./chain";
export { allowedControl, checkControlSettings, CONTROL_SETTINGS } from "./control";
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
export { areTablesPinned, checkLookupTables } from "./lookup-tables";
export * from "./settings";
export { allow, allowOpaque, ApprovalTerms, deny, Limit, requireApproval, Verdict } from "./verdict";
