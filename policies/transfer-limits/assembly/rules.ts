/** The rules of one evaluation, and what this request spends under each of them. */
import { addDecimals, ApprovalTerms, Input, Json, Limit } from "../../sdk/assemblyscript/index";
import { normalAddress, normalAsset } from "../../sdk/assemblyscript/index";
import { counterName } from "./settings";

export class Rule {
  asset: string;
  private readonly anyRecipient: bool;
  private readonly recipients: string[] = [];
  /** What this request spends under the rule so far. */
  sum: string = "0";
  used: bool = false;

  constructor(private readonly json: Json) {
    this.asset = normalAsset(json.get("asset").string());
    this.anyRecipient = !json.has("recipients");
    const recipients = json.get("recipients").strings();
    for (let index = 0; index < recipients.length; index++)
      this.recipients.push(normalAddress(recipients[index]));
  }

  /** `asset` is normal. A rule for `erc721:0x…/*` covers every token of the collection. */
  covers(asset: string): bool {
    if (!this.asset.endsWith("/*")) return asset == this.asset;
    return asset.startsWith(this.asset.substring(0, this.asset.length - 1));
  }

  pays(recipient: string): bool {
    return this.anyRecipient || this.recipients.includes(normalAddress(recipient));
  }

  add(amount: string): void {
    this.sum = addDecimals(this.sum, amount);
    this.used = true;
  }

  /** The most that one request may spend, or empty. */
  get maxPerTransaction(): string {
    return this.json.get("maxPerTransaction").stringOr("");
  }

  /** One counter for each window: the host adds up what was signed under it. */
  limits(): Limit[] {
    const limits: Limit[] = [];
    let window = this.json.get("windows").first;
    while (window != null) {
      const seconds = i32(window.get("seconds").integer());
      const counter = counterName(this.json) + "/" + seconds.toString();
      limits.push(
        new Limit(counter, this.sum, seconds, window.get("max").string(), termsOf(window.get("over"))),
      );
      window = window.next;
    }
    return limits;
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

/** True where `json`'s chain, and chainId if it has one, are the request's. */
export function isHere(json: Json, input: Input): bool {
  if (json.get("chain").string() != input.key.chain) return false;
  return !json.has("chainId") || json.get("chainId").string() == input.environment.chainId;
}

function termsOf(json: Json): ApprovalTerms | null {
  if (json.isMissing) return null;
  return new ApprovalTerms(
    i32(json.get("quorum").integer()),
    json.get("groups").strings(),
    i32(json.get("expiresIn").integer()),
  );
}
