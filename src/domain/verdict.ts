/** What a policy, and all policies together, said of a request. Closed unions: nothing here means "maybe yes". */

import type { ControlKind } from "./intent.ts";

/** A sliding-window spending limit that the ledger reserves in the record transaction. Amounts are decimal strings. */
export interface LimitClaim {
  readonly counter: string;
  /** What the counter counts, named as intents name assets. */
  readonly asset?: string;
  /** True: the host adds the intent's fee to `amount` where the fee is paid in `asset`. Needs `asset`. */
  readonly fees?: boolean;
  readonly amount: string;
  /** Seconds. */
  readonly window: number;
  readonly max: string;
  /** Past `max`, ask for these approvals instead of refusing. */
  readonly over?: ApprovalTerms;
}

/** Who must approve, and for how long they can. */
export interface ApprovalTerms {
  /** Distinct people, at least 1; the requester never counts. */
  readonly quorum: number;
  readonly groups: readonly string[];
  /** Seconds. */
  readonly expiresIn: number;
}

export type PolicyVerdict =
  | {
      readonly decision: "allow";
      readonly limits: readonly LimitClaim[];
      readonly allowOpaque: boolean;
      /** Kinds of control that the policy has looked at and allows. */
      readonly allowControl: readonly ControlKind[];
    }
  | { readonly decision: "deny"; readonly reason: string; readonly code?: string }
  | {
      readonly decision: "requireApproval";
      readonly quorum: number;
      readonly groups: readonly string[];
      /** Seconds. */
      readonly expiresIn: number;
      readonly reason: string;
    };

/** Why a module gave no verdict. Each of these denies. */
export type PolicyFailure =
  | "out_of_fuel"
  | "out_of_depth"
  | "trap"
  | "timeout"
  | "output_malformed"
  | "input_too_large"
  | "module_unavailable";
