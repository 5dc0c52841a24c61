/** The rules of one evaluation, and what this request spends under each of them. */
import { addDecimals, ApprovalTerms, Fee, Input, isHere } from "../../sdk/assemblyscript/index";
import { Json, Limit, normalAsset, sameAddress } from "../../sdk/assemblyscript/index";
import { Addresses } from "./addresses";
import { counterName } from "./settings";

export class Rule {
  asset: string;
  /** The asset without the `*` at its end, where the rule covers a collection; else empty. */
  private readonly collection: string;
  private readonly anyRecipient: bool;
  /** Whose assets the rule is about, where it says so: the settings' `from`. */
  private readonly owners: Json;
  /** Normal; made when the first payment under the rule is looked at. */
  private recipients: Addresses | null = null;
  /** What this request spends under the rule so far. */
  sum: string = "0";
  used: bool = false;

  constructor(private readonly json: Json) {
    const asset = normalAsset(json.get("asset").string());
    this.asset = asset;
    this.collection = asset.endsWith("/*") ? asset.substring(0, asset.length - 1) : "";
    this.anyRecipient = !json.has("recipients");
    this.owners = json.get("from");
  }

  /** `asset` is normal. A rule for `erc721:0x…/*` covers every token of the collection. */
  covers(asset: string): bool {
    if (this.collection.length == 0) return asset == this.asset;
    return asset.startsWith(this.collection);
  }

  get namesOwners(): bool {
    return !this.owners.isMissing;
  }

  /** `owner` is empty where the intent does not say whose the asset is. */
  isOwnedBy(owner: string): bool {
    if (!this.namesOwners) return true;
    if (owner.length == 0) return false;
    let item = this.owners.first;
    while (item != null) {
      if (sameAddress(item.string(), owner)) return true;
      item = item.next;
    }
    return false;
  }

  /** `recipient` is normal. */
  pays(recipient: string): bool {
    if (this.anyRecipient) return true;
    let recipients = this.recipients;
    if (recipients == null) {
      recipients = new Addresses(this.json.get("recipients"));
      this.recipients = recipients;
    }
    return recipients.has(recipient);
  }

  add(amount: string): void {
    this.sum = addDecimals(this.sum, amount);
    this.used = true;
  }

  /** The most that one request may spend, or empty. */
  get maxPerTransaction(): string {
    return this.json.get("maxPerTransaction").stringOr("");
  }

  /** One counter for each window: the host adds up what was signed under it, and `fee` where the rule counts fees. */
  limits(fee: Fee | null): Limit[] {
    const limits: Limit[] = [];
    const paid = fee != null && this.countsFee(fee);
    if (!this.used && !paid) return limits;
    const name = counterName(this.json) + "/";
    const feeAsset = fee != null && paid ? fee.asset : "";
    let window = this.json.get("windows").first;
    while (window != null) {
      const seconds = i32(window.get("seconds").integer());
      const max = window.get("max").string();
      const over = termsOf(window.get("over"));
      limits.push(new Limit(name + seconds.toString(), this.sum, seconds, max, over, feeAsset, paid));
      window = window.next;
    }
    return limits;
  }

  private countsFee(fee: Fee): bool {
    return this.json.get("fees").isTrue && this.covers(normalAsset(fee.asset));
  }
}

/** The rules for the request's chain and network, in the order of the settings. */
export function rulesFor(input: Input): Rule[] {
  const rules: Rule[] = [];
  let json = input.settings.get("rules").first;
  while (json != null) {
    if (isHere(json, input)) rules.push(new Rule(json));
    json = json.next;
  }
  return rules;
}

/** Null where a window asks nobody. */
export function termsOf(json: Json): ApprovalTerms | null {
  if (json.isMissing) return null;
  return new ApprovalTerms(
    i32(json.get("quorum").integer()),
    json.get("groups").strings(),
    i32(json.get("expiresIn").integer()),
  );
}
