/**
 * The input of one evaluation with types. Reading a mandatory member that is missing traps, which denies: a policy
 * never sees a half-read request.
 */
import { Json } from "./json";

export class Transfer {
  constructor(
    public readonly asset: string,
    public readonly from: string,
    public readonly to: string,
    public readonly amount: string,
    /** True only where the recipient is one of the key's own addresses. */
    public readonly ownChange: bool,
  ) {}
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
  transfers: Transfer[] = [];
  allowances: Allowance[] = [];
  control: Control[] = [];
  calls: Call[] = [];
  /** Null where the signature pays no fee by itself, e.g. a permit. */
  fee: Fee | null = null;

  constructor(
    /** The whole intent, with the chain's own decode under `ethereum`, `bitcoin`, … */
    public readonly json: Json,
  ) {
    this.opaque = json.get("opaque").boolean();
    this.opaqueCauses = listAt(json, "opaqueCauses").strings();
    this.opaqueReason = json.get("opaqueReason").stringOr("");
    let item = listAt(json, "transfers").first;
    while (item != null) {
      this.transfers.push(readTransfer(item));
      item = item.next;
    }
    item = listAt(json, "allowances").first;
    while (item != null) {
      this.allowances.push(readAllowance(item));
      item = item.next;
    }
    item = listAt(json, "control").first;
    while (item != null) {
      this.control.push(readControl(item));
      item = item.next;
    }
    item = listAt(json, "calls").first;
    while (item != null) {
      this.calls.push(readCall(item));
      item = item.next;
    }
    const fee = json.get("fee");
    if (fee.isObject) this.fee = new Fee(fee.get("asset").string(), fee.get("max").string());
    else if (!fee.isMissing) unreachable();
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
  request: RequestInfo;
  signer: Signer;
  key: Key;
  environment: Environment;
  intent: Intent;
  approvals: Approval[] = [];
  /** The binding's settings, which `policy_validate_settings` accepted. */
  settings: Json;

  constructor(
    /** Everything, for members that this class does not name. */
    public readonly json: Json,
  ) {
    if (json.get("version").integer() != 1) unreachable();
    this.request = new RequestInfo(json.get("request"));
    this.signer = new Signer(json.get("signer"));
    this.key = new Key(json.get("key"));
    this.environment = new Environment(json.get("environment"));
    this.intent = new Intent(json.get("intent"));
    this.settings = json.get("settings");
    let item = listAt(json, "approvals").first;
    while (item != null) {
      this.approvals.push(new Approval(item));
      item = item.next;
    }
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

function readTransfer(json: Json): Transfer {
  return new Transfer(
    json.get("asset").string(),
    json.get("from").string(),
    json.get("to").string(),
    json.get("amount").string(),
    json.get("ownChange").boolean(),
  );
}

function readAllowance(json: Json): Allowance {
  return new Allowance(
    json.get("asset").string(),
    json.get("owner").string(),
    json.get("spender").string(),
    json.get("amount").string(),
    json.get("expiresAt").stringOr(""),
  );
}

function readControl(json: Json): Control {
  return new Control(json.get("what").string(), json.get("of").string(), json.get("to").stringOr(""));
}

function readCall(json: Json): Call {
  const to = json.get("to");
  return new Call(
    to.stringOr(""),
    to.isNull,
    json.get("value").string(),
    json.get("selector").stringOr(""),
    json.get("function").stringOr(""),
    json.get("args"),
  );
}
