/**
 * The exports of ABI policy_v1. A policy re-exports the first two and writes the others in two lines each, see
 * policies/deny-opaque/assembly/policy.ts.
 */
import { Input } from "./input";
import { deny, quoted, Verdict } from "./verdict";

/** The marker that says which ABI this is. */
export function policy_abi_v1(): void {}

/** Room for the input. Nothing is freed: the instance lives for one evaluation. */
export function policy_alloc(size: i32): i32 {
  return i32(heap.alloc(size));
}

/**
 * The result of `policy_evaluate`. An opaque intent is denied here unless the policy said `allowOpaque`: a policy that
 * never thought of opaque requests must not allow one.
 */
export function respond(input: Input, verdict: Verdict): i64 {
  if (!input.intent.opaque || !verdict.isAllow || verdict.allowsOpaque) return result(verdict.json());
  return result(deny("the request is opaque: " + input.intent.opaqueReason, "opaque").json());
}

/** The result of `policy_validate_settings`: `problem` is empty when the settings are fine, else what to correct. */
export function respondToSettings(problem: string): i64 {
  return result(problem.length == 0 ? '{"valid":true}' : '{"valid":false,"reason":' + quoted(problem) + "}");
}

/** Pointer in the high 32 bits, length in the low. */
function result(json: string): i64 {
  const bytes = String.UTF8.encode(json);
  return (i64(changetype<usize>(bytes)) << 32) | i64(bytes.byteLength);
}

/** Takes the place of the compiler's abort (an import, which the host would refuse): a failed assertion traps. */
export function trap(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}
