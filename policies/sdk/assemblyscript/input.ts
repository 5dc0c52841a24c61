/**
 * The input of one evaluation with types. Reading a mandatory member that is missing traps, which denies: a policy
 * never sees a half-read request.
 */
import { Json } from "./json";

export class Transfer {
  constructor(
    public readonly asset: string,
    private readonly sender: Json,
    public readonly to: string,
    public readonly amount: string,
    /** True only where the recipient is one of the key's own addresses. */
    public readonly ownChange: bool,
  ) {
    if (!sender.isString) unreachable();
  }

  /** Made when it is asked for: rules are about who receives. */
  get from(): string {
    return this.sender.string();
  }
}

export class Allowance {
  constructor(
    public readonly asset: string,
    public readonly owner: string,
    public readonly spender: string,
    public readonly amount: string,
    /** Unix seconds, or empty where the allowance never ends. */
    public readonly expiresAt: string,
  ) {}
}

/** A change of who decides over something; the request is refused unless a policy names its kind, see `allowControl`. */
export class Control {
  constructor(
    /** `owner`, `delegate`, `authority`, `module`, `guardian`, `upgrade`, `deployment`, `account` or `irreversible`. */
    public readonly what: string,
    /** The account, contract, program or mint that is decided over (`of`). */
    public readonly subject: string,
    /** Who decides afterwards; empty where it is nobody, or where the request names none. */
    public readonly to: string,
  ) {}
}

export class Call {
  constructor(
    /** Empty when the call creates a contract; see `createsContract`. */
    public readonly to: string,
    public readonly createsContract: bool,
    public readonly value: string,
    /** 0x-hex, or empty where there is no call data. */
    public readonly selector: string,
    /** Empty where the call is not known; the intent is then opaque. */
    public readonly functionName: string,
    /** Decoded arguments; missing where unknown. */
    public readonly args: Json,
    /** On Solana the whole instruction data in 0x-hex, `0x` where there is none; empty on other chains. */
    public readonly data: string,
  ) {}
}

export class Fee {
  constructor(
    public readonly asset: string,
    public readonly max: string,
  ) {}
}

export class Intent {
  opaque: bool;
  /** Every cause that makes it opaque (docs/policies.md lists the words); empty where it is not. */
  opaqueCauses: string[];
  opaqueReason: string;
  transfers: Transfer[];
  allowances: Allowance[];
  control: Control[];
  calls: Call[];
  /** Null where the signature pays no fee by itself, e.g. a permit. */
  fee: Fee | null;

  constructor(
    /** The whole intent, with the chain's own decode under `ethereum`, `bitcoin`, … */
    public readonly json: Json,
  ) {
    // In the order of the text, which is that of the names: nothing is passed over twice.
    this.allowances = allowancesIn(listAt(json, "allowances"));
    this.calls = callsIn(listAt(json, "calls"));
    this.control = controlIn(listAt(json, "control"));
    // Before what may be missing: looking for that passes over all that is left.
    this.transfers = transfersIn(listAt(json, "transfers"));
    this.fee = feeAt(json.get("fee"));
    this.opaque = json.get("opaque").boolean();
    this.opaqueCauses = listAt(json, "opaqueCauses").strings();
    this.opaqueReason = json.get("opaqueReason").stringOr("");
  }

  /** True where the intent is opaque and each of its causes is among `causes`. */
  isOpaqueFor(causes: string[]): bool {
    for (let index = 0; index < this.opaqueCauses.length; index++) {
      if (!causes.includes(this.opaqueCauses[index])) return false;
    }
    return this.opaqueCauses.length > 0;
  }
}

export class RequestInfo {
  id: string;
  /** E.g. `ethereum.transaction`. */
  type: string;

  constructor(json: Json) {
    this.id = json.get("id").string();
    this.type = json.get("type").string();
  }
}

export class Signer {
  principal: string;
  roles: string[];
  namespace: string;

  constructor(json: Json) {
    this.principal = json.get("principal").string();
    this.roles = json.get("roles").strings();
    this.namespace = json.get("namespace").string();
  }
}

export class Key {
  id: string;
  /** Empty for an imported key. */
  walletId: string;
  chain: string;
  /** Empty for an imported key. */
  path: string;
  publicKey: string;
  address: string;
  label: string;

  constructor(json: Json) {
    this.id = json.get("id").string();
    this.walletId = json.get("walletId").stringOr("");
    this.chain = json.get("chain").string();
    this.path = json.get("path").stringOr("");
    this.publicKey = json.get("publicKey").string();
    this.address = json.get("address").string();
    this.label = json.get("label").stringOr("");
  }
}

export class Environment {
  /** Unix seconds at which the host took the request. */
  timestamp: i64;
  chainId: string;
  network: string;
  /** True for `/evaluate`: nothing will be signed. A policy should not answer differently. */
  simulation: bool;

  constructor(json: Json) {
    this.timestamp = json.get("timestamp").integer();
    this.chainId = json.get("chainId").string();
    this.network = json.get("network").string();
    this.simulation = json.get("simulation").boolean();
  }
}

export class Approval {
  principal: string;
  groups: string[];

  constructor(json: Json) {
    this.principal = json.get("principal").string();
    this.groups = json.get("groups").strings();
  }
}

export class Input {
  approvals: Approval[];
  environment: Environment;
  intent: Intent;
  /** The key that the request names. */
  key: Key;
  /** Every key that signs, in the host's order. */
  keys: Key[];
  request: RequestInfo;
  /** The binding's settings, which `policy_validate_settings` accepted. */
  settings: Json;
  signer: Signer;

  constructor(
    /** Everything, for members that this class does not name. */
    public readonly json: Json,
  ) {
    this.approvals = approvalsIn(listAt(json, "approvals"));
    this.environment = new Environment(json.get("environment"));
    this.intent = new Intent(json.get("intent"));
    const key = new Key(json.get("key"));
    this.key = key;
    this.keys = keysIn(json.get("keys"), key);
    this.request = new RequestInfo(json.get("request"));
    this.settings = json.get("settings");
    this.signer = new Signer(json.get("signer"));
    if (json.get("version").integer() != 1) unreachable();
  }

  /** Reads what the host put at `pointer`. */
  static read(pointer: i32, length: i32): Input {
    return new Input(Json.read(pointer, length));
  }
}

function listAt(json: Json, name: string): Json {
  const list = json.get(name);
  if (!list.isArray) unreachable();
  return list;
}

function transfersIn(list: Json): Transfer[] {
  const transfers: Transfer[] = [];
  let item = list.first;
  while (item != null) {
    const asset = item.get("asset").string();
    const from = item.get("from");
    const to = item.get("to").string();
    transfers.push(
      new Transfer(asset, from, to, item.get("amount").string(), item.get("ownChange").boolean()),
    );
    item = item.next;
  }
  return transfers;
}

function allowancesIn(list: Json): Allowance[] {
  const allowances: Allowance[] = [];
  let item = list.first;
  while (item != null) {
    const asset = item.get("asset").string();
    const owner = item.get("owner").string();
    const spender = item.get("spender").string();
    const expiresAt = item.get("expiresAt").stringOr("");
    allowances.push(new Allowance(asset, owner, spender, item.get("amount").string(), expiresAt));
    item = item.next;
  }
  return allowances;
}

function controlIn(list: Json): Control[] {
  const control: Control[] = [];
  let item = list.first;
  while (item != null) {
    const to = item.get("to").stringOr("");
    control.push(new Control(item.get("what").string(), item.get("of").string(), to));
    item = item.next;
  }
  return control;
}

function callsIn(list: Json): Call[] {
  const calls: Call[] = [];
  let item = list.first;
  while (item != null) {
    const to = item.get("to");
    const value = item.get("value").string();
    const selector = item.get("selector").stringOr("");
    const functionName = item.get("function").stringOr("");
    const data = item.get("data").stringOr("");
    calls.push(new Call(to.stringOr(""), to.isNull, value, selector, functionName, item.get("args"), data));
    item = item.next;
  }
  return calls;
}

function feeAt(fee: Json): Fee | null {
  if (fee.isMissing) return null;
  return new Fee(fee.get("asset").string(), fee.get("max").string());
}

function approvalsIn(list: Json): Approval[] {
  const approvals: Approval[] = [];
  let item = list.first;
  while (item != null) {
    approvals.push(new Approval(item));
    item = item.next;
  }
  return approvals;
}

/** A host that knows of one key only does not send the list. */
function keysIn(list: Json, key: Key): Key[] {
  if (list.isMissing) return [key];
  if (!list.isArray) unreachable();
  const keys: Key[] = [];
  let item = list.first;
  while (item != null) {
    keys.push(new Key(item));
    item = item.next;
  }
  return keys;
}
