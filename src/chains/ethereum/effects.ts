/** Collects what a signature does to assets. Once anything is opaque, the whole intent is. */
import { tooLarge } from "../../domain/errors.ts";
import type {
  Allowance,
  IntentCall,
  Control,
  ControlKind,
  Fee,
  Findings,
  Opacity,
  OpaqueCause,
  Warning,
  Transfer,
} from "../../domain/intent.ts";
import type { MessageDetail } from "../../domain/messages/understanding.ts";
import type { Hex } from "./fields.ts";

/** One contract call as its callee will see it. Addresses are lowercase. */
export interface CallSite {
  readonly from: string;
  readonly to: string;
  readonly value: bigint;
  readonly data: Hex;
  /** JSON pointer of the bytes that hold this call, for messages. */
  readonly field: string;
}

/** Enough for any batch that a person can review. */
const CALLS_MAX = 64;
/** Wrappers inside wrappers. */
export const CALL_DEPTH_MAX = 4;

export class Effects {
  /** Decimal EIP-155 id of the chain on which all of this happens; undefined where the request names none. */
  readonly chainId: string | undefined;
  readonly transfers: Transfer[] = [];
  readonly allowances: Allowance[] = [];
  readonly calls: IntentCall[] = [];
  readonly control: Control[] = [];
  /** The most that the signature costs in fees, where what is signed says so by itself. */
  fee: Fee | undefined;
  /** Why parts of the request move nothing. */
  readonly harmless: string[] = [];
  /** All that cannot be told; empty where everything can. */
  readonly opacity: Opacity[] = [];
  readonly warnings: Warning[] = [];
  /** The EIP-191 message inside a document, for policies that list texts or the domains of sign-ins. */
  message: MessageDetail | undefined;
  #moves = 0;

  constructor(chainId?: string) {
    this.chainId = chainId;
  }

  /** All of it, as `intentOf` takes it. */
  findings(): Findings {
    const { transfers, allowances, calls, control, harmless, opacity, fee, warnings } = this;
    return { transfers, allowances, calls, control, harmless, opacity, fee, warnings };
  }

  /**
   * How much has been found so far: a call that adds nothing to it has no effects. Empty calls do not count: the transfer of 0
   * that stands for one is there for the sake of its recipient.
   */
  get found(): number {
    return this.#moves + this.allowances.length + this.control.length + this.opacity.length;
  }

  transfer(asset: string, from: string, to: string, amount: string): void {
    if (asset !== "native" || amount !== "0") this.#moves++;
    this.transfers.push({ asset, from, to, amount, ownChange: false });
  }

  allow(asset: string, owner: string, spender: string, amount: string, expiresAt?: string): void {
    this.allowances.push({
      asset,
      owner,
      spender,
      amount,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
  }

  /** @throws SignerError `transaction.too_large` past CALLS_MAX */
  call(call: IntentCall, field: string): void {
    if (this.calls.length >= CALLS_MAX) throw tooLarge(field, "calls", CALLS_MAX);
    this.calls.push(call);
  }

  /** `to` is null where nobody decides afterwards, or the request does not say who. */
  controls(what: ControlKind, of: string, to: string | null): void {
    this.control.push({ what, of, to });
  }

  /** States that a part of the request does nothing, and how that is known. */
  nothing(because: string): void {
    this.harmless.push(because);
  }

  /** Lists of contracts answer for an unknown call, so it has to be in `calls`: that is `unknownCall`. */
  opaque(cause: Exclude<OpaqueCause, "unknownCall">, reason: string): void {
    this.opacity.push({ cause, reason });
  }

  /** A call whose meaning is not known. @throws SignerError `transaction.too_large` past CALLS_MAX */
  unknownCall(call: Omit<IntentCall, "function">, field: string, reason: string): void {
    this.call(call, field);
    this.opacity.push({ cause: "unknownCall", reason });
  }
}
