/**
 * What a guest may answer, read strictly: a field, type or value that the ABI does not name is `output_malformed`, a
 * denial. Nothing is guessed, defaulted or ignored, except the members that the ABI calls optional.
 * @module
 */
import { CONTROL_KINDS, type ControlKind } from "../domain/intent.ts";
import type { ApprovalTerms, LimitClaim, PolicyVerdict } from "../domain/verdict.ts";
import { GUEST_LIMITS } from "./limits.ts";
import { parseStrictJson, quote, StrictJsonError, type StrictJson } from "./strict-json.ts";

export type ParsedVerdict =
  { readonly ok: true; readonly verdict: PolicyVerdict } | { readonly ok: false; readonly message: string };

/** What `policy_validate_settings` said. */
export type SettingsVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The bounds of each output field; docs/policies.md states them. */
const OUTPUT_LIMITS = {
  limits: 64,
  counterLength: 200,
  /** 2^256 − 1 has 78 digits. */
  amountBits: 256,
  /** One leap year of seconds. */
  windowSeconds: 31_622_400,
  reasonLength: 1024,
  codeLength: 64,
  assetLength: 200,
  quorum: 100,
  groups: 32,
  groupLength: 128,
  /** 30 days. */
  expiresInSeconds: 2_592_000,
} as const;

const DECIMAL = /^(?:0|[1-9][0-9]{0,77})$/;
const CODE = /^[a-z][a-z0-9_]*$/;
/** Control characters would break out of a log line or a terminal. */
const CONTROL = /\p{Cc}/u;

/** Reads the bytes that `policy_evaluate` returned. Never throws: a malformed output is a result. */
export function parseVerdict(output: Uint8Array): ParsedVerdict {
  return parsed(output, (members) => ({ ok: true, verdict: verdict(members) }));
}

/** Reads the bytes that `policy_validate_settings` returned: `{"valid":true}` or `{"valid":false,"reason":"…"}`. */
export function parseSettingsVerdict(
  output: Uint8Array,
):
  | { readonly ok: true; readonly verdict: SettingsVerdict }
  | { readonly ok: false; readonly message: string } {
  return parsed(output, (members) => ({ ok: true, verdict: settingsVerdict(members) }));
}

function parsed<Result>(
  output: Uint8Array,
  read: (members: Members) => Result,
): Result | { readonly ok: false; readonly message: string } {
  if (output.length > GUEST_LIMITS.outputBytesMax) {
    return {
      ok: false,
      message: `output has ${output.length} bytes, more than ${GUEST_LIMITS.outputBytesMax}`,
    };
  }
  try {
    return read(new Members(parseStrictJson(output), "output"));
  } catch (error) {
    if (error instanceof StrictJsonError)
      return { ok: false, message: `output is refused: ${error.message}` };
    throw error;
  }
}

function verdict(members: Members): PolicyVerdict {
  const decision = members.text("decision", OUTPUT_LIMITS.codeLength);
  switch (decision) {
    case "allow":
      return allow(members);
    case "deny": {
      const code = members.optional("code", (value, at) => codeOf(value, at));
      const reason = members.text("reason", OUTPUT_LIMITS.reasonLength);
      members.nothingElse();
      return { decision, reason, ...(code === undefined ? {} : { code }) };
    }
    case "requireApproval": {
      const reason = members.text("reason", OUTPUT_LIMITS.reasonLength);
      return { decision, ...approvalTerms(members), reason };
    }
    default:
      throw new StrictJsonError(`/decision is ${quote(decision)}, expected allow, deny or requireApproval`);
  }
}

function allow(members: Members): PolicyVerdict {
  const limits = members.optional("limits", limitClaims) ?? [];
  const allowOpaque = members.optional("allowOpaque", booleanOf) ?? false;
  const allowControl = members.optional("allowControl", controlKinds) ?? [];
  members.nothingElse();
  return { decision: "allow", limits, allowOpaque, allowControl };
}

/** Kinds that this release knows, each once: a misspelt one must not look like a permission. */
function controlKinds(value: StrictJson, at: string): ControlKind[] {
  const kinds = listOf(value, at, CONTROL_KINDS.length).map((item, index) => {
    const kind = CONTROL_KINDS.find((known) => known === item);
    if (kind === undefined) {
      throw new StrictJsonError(
        `${at}/${index} is no kind of control; known are ${CONTROL_KINDS.join(", ")}`,
      );
    }
    return kind;
  });
  if (new Set(kinds).size !== kinds.length) throw new StrictJsonError(`${at} names one kind twice`);
  return kinds;
}

function limitClaims(value: StrictJson, at: string): LimitClaim[] {
  const claims = listOf(value, at, OUTPUT_LIMITS.limits).map((item, index) =>
    limitClaim(item, `${at}/${index}`),
  );
  // One counter has one window: the ledger would count the amount twice.
  const counters = new Set(claims.map((claim) => claim.counter));
  if (counters.size !== claims.length) throw new StrictJsonError(`${at} names one counter twice`);
  return claims;
}

function limitClaim(value: StrictJson, at: string): LimitClaim {
  const members = new Members(value, at);
  const over = members.optional("over", (terms, path) => approvalTerms(new Members(terms, path)));
  const asset = members.optional("asset", (name, path) => textOf(name, path, OUTPUT_LIMITS.assetLength, 1));
  const fees = members.optional("fees", booleanOf);
  if (fees === true && asset === undefined) {
    throw new StrictJsonError(
      `${at}/fees needs asset: fees are added where they are paid in the counter's asset`,
    );
  }
  const claim = {
    counter: members.text("counter", OUTPUT_LIMITS.counterLength, 1),
    ...(asset === undefined ? {} : { asset }),
    ...(fees === undefined ? {} : { fees }),
    amount: members.amount("amount"),
    window: members.integer("window", 1, OUTPUT_LIMITS.windowSeconds),
    max: members.amount("max"),
    ...(over === undefined ? {} : { over }),
  };
  members.nothingElse();
  return claim;
}

/** Takes quorum, groups and expiresIn, after which nothing may be left. */
function approvalTerms(members: Members): ApprovalTerms {
  const terms = {
    quorum: members.integer("quorum", 1, OUTPUT_LIMITS.quorum),
    groups: members.required("groups", groupNames),
    expiresIn: members.integer("expiresIn", 1, OUTPUT_LIMITS.expiresInSeconds),
  };
  members.nothingElse();
  return terms;
}

function groupNames(value: StrictJson, at: string): string[] {
  const names = listOf(value, at, OUTPUT_LIMITS.groups).map((item, index) =>
    textOf(item, `${at}/${index}`, OUTPUT_LIMITS.groupLength, 1),
  );
  if (names.length === 0) throw new StrictJsonError(`${at} is empty, expected at least one group`);
  if (new Set(names).size !== names.length) throw new StrictJsonError(`${at} names one group twice`);
  return names;
}

function settingsVerdict(members: Members): SettingsVerdict {
  const valid = members.required("valid", booleanOf);
  if (valid) {
    members.nothingElse();
    return { ok: true };
  }
  const reason = members.text("reason", OUTPUT_LIMITS.reasonLength);
  members.nothingElse();
  return { ok: false, reason };
}

/** One object's members; each is taken once, and `nothingElse` refuses what nobody took. */
class Members {
  readonly #members: Map<string, StrictJson>;
  readonly #at: string;

  constructor(value: StrictJson, at: string) {
    if (!(value instanceof Map)) throw new StrictJsonError(`${at} is not an object`);
    this.#members = new Map<string, StrictJson>(value);
    this.#at = at === "output" ? "" : at;
  }

  required<Value>(name: string, read: (value: StrictJson, at: string) => Value): Value {
    const value = this.#members.get(name);
    if (value === undefined) throw new StrictJsonError(`${this.#at}/${name} is missing`);
    this.#members.delete(name);
    return read(value, `${this.#at}/${name}`);
  }

  optional<Value>(name: string, read: (value: StrictJson, at: string) => Value): Value | undefined {
    return this.#members.has(name) ? this.required(name, read) : undefined;
  }

  text(name: string, lengthMax: number, lengthMin = 0): string {
    return this.required(name, (value, at) => textOf(value, at, lengthMax, lengthMin));
  }

  amount(name: string): string {
    return this.required(name, (value, at) => {
      if (
        typeof value !== "string" ||
        !DECIMAL.test(value) ||
        BigInt(value) >> BigInt(OUTPUT_LIMITS.amountBits) !== 0n
      ) {
        throw new StrictJsonError(
          `${at} must be a decimal string below 2^${OUTPUT_LIMITS.amountBits}, without leading zero`,
        );
      }
      return value;
    });
  }

  integer(name: string, min: number, max: number): number {
    return this.required(name, (value, at) => {
      if (typeof value !== "number" || value < min || value > max) {
        throw new StrictJsonError(`${at} must be an integer from ${min} to ${max}`);
      }
      return value;
    });
  }

  nothingElse(): void {
    for (const name of this.#members.keys()) {
      throw new StrictJsonError(`${this.#at}/${quote(name).slice(1, -1)} is not a field of this object`);
    }
  }
}

function textOf(value: StrictJson, at: string, lengthMax: number, lengthMin = 0): string {
  if (
    typeof value !== "string" ||
    value.length > lengthMax ||
    value.length < lengthMin ||
    CONTROL.test(value)
  ) {
    throw new StrictJsonError(
      `${at} must be text of ${lengthMin} to ${lengthMax} characters without control characters`,
    );
  }
  return value;
}

function codeOf(value: StrictJson, at: string): string {
  const code = textOf(value, at, OUTPUT_LIMITS.codeLength, 1);
  if (!CODE.test(code)) throw new StrictJsonError(`${at} must match ${CODE.source}`);
  return code;
}

function booleanOf(value: StrictJson, at: string): boolean {
  if (typeof value !== "boolean") throw new StrictJsonError(`${at} must be true or false`);
  return value;
}

function listOf(value: StrictJson, at: string, lengthMax: number): readonly StrictJson[] {
  if (!isList(value)) throw new StrictJsonError(`${at} must be a list`);
  if (value.length > lengthMax) throw new StrictJsonError(`${at} has more than ${lengthMax} items`);
  return value;
}

function isList(value: StrictJson): value is readonly StrictJson[] {
  return Array.isArray(value);
}
