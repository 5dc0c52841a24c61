/** What a policy may answer, and its JSON. */

/** Who must approve, and for how long they may answer (seconds). */
export class ApprovalTerms {
  constructor(
    public readonly quorum: i32,
    public readonly groups: string[],
    public readonly expiresIn: i32,
  ) {}
}

/** A sliding window that the host enforces and reserves when the signature is recorded. */
export class Limit {
  constructor(
    /** Stable name: amounts add up under it, per binding. */
    public readonly counter: string,
    public readonly amount: string,
    /** Seconds. */
    public readonly window: i32,
    public readonly max: string,
    /** Past `max`, ask instead of refusing. */
    public readonly over: ApprovalTerms | null = null,
    /** What the counter counts, or empty. */
    public readonly asset: string = "",
    /** Also count the request's fee, which the host adds where it is paid in `asset`. */
    public readonly fees: bool = false,
  ) {}
}

export class Verdict {
  /** Kinds of control that an allow names. */
  private kinds: string[] = [];

  constructor(
    /** The answer without its closing brace. */
    private readonly members: string,
    public readonly isAllow: bool,
    public readonly allowsOpaque: bool,
  ) {}

  /**
   * Adds kinds of control to an allow: say so only for an intent whose `control` this policy has looked at. Every kind in it
   * must be named by at least one bound policy.
   */
  allowControl(kinds: string[]): Verdict {
    for (let index = 0; index < kinds.length; index++) {
      if (!this.kinds.includes(kinds[index])) this.kinds.push(kinds[index]);
    }
    return this;
  }

  json(): string {
    if (!this.isAllow || this.kinds.length == 0) return this.members + "}";
    let text = this.members + ',"allowControl":[';
    for (let index = 0; index < this.kinds.length; index++) {
      text += (index > 0 ? "," : "") + quoted(this.kinds[index]);
    }
    return text + "]}";
  }
}

/** Signing is fine within `limits`. An opaque intent is still refused; see `allowOpaque`. */
export function allow(limits: Limit[] = []): Verdict {
  return new Verdict('{"decision":"allow"' + limitsMember(limits), true, false);
}

/** As `allow`, and also for an intent of which the effect on assets cannot be told. */
export function allowOpaque(limits: Limit[] = []): Verdict {
  return new Verdict('{"decision":"allow","allowOpaque":true' + limitsMember(limits), true, true);
}

/** No. `reason` is for people, `code` (`[a-z][a-z0-9_]*`) for programs. */
export function deny(reason: string, code: string): Verdict {
  return new Verdict(
    '{"decision":"deny","reason":' + quoted(reason) + ',"code":' + quoted(code),
    false,
    false,
  );
}

/** Only when so many people of these groups agree. The host counts; this policy needs no second round. */
export function requireApproval(terms: ApprovalTerms, reason: string): Verdict {
  const members = '{"decision":"requireApproval",' + termsMembers(terms) + ',"reason":' + quoted(reason);
  return new Verdict(members, false, false);
}

function limitsMember(limits: Limit[]): string {
  if (limits.length == 0) return "";
  let text = ',"limits":[';
  for (let index = 0; index < limits.length; index++) {
    text += (index > 0 ? "," : "") + limitJson(limits[index]);
  }
  return text + "]";
}

function limitJson(limit: Limit): string {
  let text = '{"counter":' + quoted(limit.counter) + ',"amount":' + quoted(limit.amount);
  if (limit.asset.length > 0) text += ',"asset":' + quoted(limit.asset);
  if (limit.fees) text += ',"fees":true';
  text += ',"window":' + limit.window.toString() + ',"max":' + quoted(limit.max);
  const over = limit.over;
  if (over != null) text += ',"over":{' + termsMembers(over) + "}";
  return text + "}";
}

function termsMembers(terms: ApprovalTerms): string {
  let text = '"quorum":' + terms.quorum.toString() + ',"groups":[';
  for (let index = 0; index < terms.groups.length; index++) {
    text += (index > 0 ? "," : "") + quoted(terms.groups[index]);
  }
  return text + '],"expiresIn":' + terms.expiresIn.toString();
}

const TEXT_MAX = 1000;

/** `text` as a JSON string. It may hold what a requester chose: control characters become `?`, and it is cut. */
export function quoted(text: string): string {
  const length = min(text.length, TEXT_MAX);
  let result = '"';
  let run = 0;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    const escape = code == 34 || code == 92;
    const replaced = code < 32 || (code >= 127 && code < 160) || (code >= 0xd800 && code < 0xe000);
    if (!escape && !replaced) continue;
    result += text.substring(run, index) + (escape ? "\\" + text.charAt(index) : "?");
    run = index + 1;
  }
  return result + text.substring(run, length) + '"';
}
