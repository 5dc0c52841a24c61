/**
 * Every known document as a wallet would be asked to sign it, and what it does. Written down apart from src, from the
 * sources that the rows there name.
 */
import type { TypedData } from "starknet";
import type { Allowance, IntentCall, Control, OpaqueCause } from "../../../src/domain/intent.ts";
import { KEY, RECIPIENT, STRK, TRANSFER, padded } from "./sample.ts";

export interface DocumentCase {
  readonly name: string;
  readonly document: TypedData;
  readonly allowances: readonly Allowance[];
  readonly control: readonly Control[];
  readonly causes: readonly OpaqueCause[];
  readonly harmless: boolean;
  readonly calls: readonly IntentCall[];
}

const ME = KEY.address;
const A = padded("0xa1");
const SESSION_KEY = padded(`0x5${"1".repeat(62)}`);

type Members = readonly string[];

function members(text: Members): { name: string; type: string; contains?: string }[] {
  return text.map((declaration) => {
    const [name = "", type = "", contains] = declaration.split(":");
    return { name, type, ...(contains === undefined ? {} : { contains }) };
  });
}

const REVISION_1 = members([
  "name:shortstring",
  "version:shortstring",
  "chainId:shortstring",
  "revision:shortstring",
]);
const REVISION_0 = members(["name:felt", "version:felt", "chainId:felt"]);

/** A document whose first type is the primary one. */
function revision1(
  name: string,
  version: string,
  types: Readonly<Record<string, Members>>,
  message: Readonly<Record<string, unknown>>,
): TypedData {
  const domain = { name, version, chainId: "SN_MAIN", revision: "1" };
  return build({ StarknetDomain: REVISION_1 }, domain, types, message);
}

function revision0(
  name: string,
  version: string,
  types: Readonly<Record<string, Members>>,
  message: Readonly<Record<string, unknown>>,
  domainType = REVISION_0,
): TypedData {
  return build({ StarkNetDomain: domainType }, { name, version, chainId: "SN_MAIN" }, types, message);
}

function build(
  domainTypes: object,
  domain: object,
  types: Readonly<Record<string, Members>>,
  message: object,
): TypedData {
  const declared = Object.fromEntries(Object.entries(types).map(([name, text]) => [name, members(text)]));
  const [primaryType] = Object.keys(types);
  return JSON.parse(JSON.stringify({ types: { ...domainTypes, ...declared }, primaryType, domain, message }));
}

type Found = Partial<Omit<DocumentCase, "name" | "document">>;

function row(name: string, document: TypedData, found: Found): DocumentCase {
  return { name, document, allowances: [], control: [], causes: [], harmless: false, calls: [], ...found };
}

function delegates(to: string): Found {
  return { control: [{ what: "delegate", of: ME, to }] };
}

function spends(spender: string, amount: string, expiresAt: string): Allowance {
  return { asset: `starknet-erc20:${STRK}`, owner: ME, spender, amount, expiresAt };
}

const OUTSIDE: Found = {
  allowances: [],
  calls: [
    {
      to: STRK,
      value: "0",
      selector: TRANSFER,
      function: "transfer",
      args: { recipient: RECIPIENT, amount: "5" },
    },
  ],
};

const u256 = (low: number): object => ({ low: String(low), high: "0" });
const METHODS_1 = { AllowedMethod: ["Contract Address:ContractAddress", "Selector:selector"] };
const METHODS_2 = {
  AllowedMethod: [
    "Contract Address:ContractAddress",
    "Selector:selector",
    "Calldata Validations:CalldataValidation*",
  ],
  CalldataValidation: ["Offset:u128", "Value:felt", "Validation Type:u128"],
};
const METHOD = { "Contract Address": STRK, Selector: "transfer" };
const VALIDATED = {
  ...METHOD,
  "Calldata Validations": [{ Offset: 0, Value: RECIPIENT, "Validation Type": 0 }],
};
const LIMITS = [{ token_address: STRK, amount: u256(7) }];
const TIMES = { "Execute After": 1, "Execute Before": 99 };

const SPONSORED = [
  "Caller:ContractAddress",
  "Execute After:timestamp",
  "Execute Before:timestamp",
  "Allowed Methods:AllowedMethod*",
  "Spending Limits:TokenAmount*",
];
const EXECUTION = [
  "Owner Public Key:felt",
  "Execute After:timestamp",
  "Execute Before:timestamp",
  "STRK Gas Limit:u128",
  "Allowed Methods:AllowedMethod*",
  "Spending Limits:TokenAmount*",
];

function braavos(number: 1 | 2): readonly DocumentCase[] {
  const methods = number === 1 ? METHODS_1 : METHODS_2;
  const allowed = {
    "Allowed Methods": [number === 1 ? METHOD : VALIDATED],
    "Spending Limits": LIMITS,
    ...TIMES,
  };
  return [
    row(
      `Braavos SessionExecution, version ${number}`,
      revision1(
        "Account.execute_session",
        String(number + 1),
        { SessionExecution: EXECUTION, ...methods },
        {
          "Owner Public Key": SESSION_KEY,
          "STRK Gas Limit": "1000",
          ...allowed,
        },
      ),
      {
        ...delegates(SESSION_KEY),
        allowances: [spends(SESSION_KEY, "7", "99"), spends(SESSION_KEY, "1000", "99")],
      },
    ),
    row(
      `Braavos GasSponsoredSessionExecution, version ${number}`,
      revision1(
        "Account.execute_gs_session",
        String(number + 1),
        { GasSponsoredSessionExecution: SPONSORED, ...methods },
        { Caller: A, ...allowed },
      ),
      { ...delegates(A), allowances: [spends(A, "7", "99")] },
    ),
  ];
}

const SIGN_IN = [
  "version:string",
  "address:felt",
  "statement:string",
  "uri:string",
  "nonce:string",
  "issuedAt:string",
];
const SIGNED_IN = {
  version: "1.0.0",
  address: ME,
  statement: "Sign in to a site with a name of more than 31 letters",
  uri: "https://example.com",
  nonce: "32891756",
  issuedAt: "2026-05-24T12:34:56Z",
};
const SIGN_IN_DOMAIN = members(["name:string", "chainId:string", "version:string", "revision:string"]);

function signIn(name: string, optional: Members, message: object): readonly DocumentCase[] {
  const types = { Message: [...SIGN_IN, ...optional] };
  const plain = revision1("Example DApp", "1.0.0", types, { ...SIGNED_IN, ...message });
  const strings = { ...plain, types: { ...plain.types, StarknetDomain: SIGN_IN_DOMAIN } };
  return [row(name, plain, { harmless: true }), row(name, strings, { harmless: true })];
}

const PARADEX_DOMAIN = members(["name:felt", "chainId:felt", "version:felt"]);
const PARADEX_ORDER = [
  "timestamp:felt",
  "market:felt",
  "side:felt",
  "orderType:felt",
  "size:felt",
  "price:felt",
];
const ORDERED = {
  timestamp: "1790000000000",
  market: "ETH-USD-PERP",
  side: "1",
  orderType: "LIMIT",
  size: "250000000",
  price: "300000000000",
};
const ORDER: Found = {
  allowances: [{ asset: "paradex:ETH-USD-PERP", owner: ME, spender: "paradex", amount: "250000000" }],
};

function paradex(primaryType: string, types: Members, message: Readonly<Record<string, unknown>>): TypedData {
  return revision0("Paradex", "1", { [primaryType]: types }, message, PARADEX_DOMAIN);
}

export const DOCUMENT_CASES: readonly DocumentCase[] = [
  row(
    "SNIP-9 OutsideExecution, version 1",
    revision0(
      "Account.execute_from_outside",
      "1",
      {
        OutsideExecution: [
          "caller:felt",
          "nonce:felt",
          "execute_after:felt",
          "execute_before:felt",
          "calls_len:felt",
          "calls:OutsideCall*",
        ],
        OutsideCall: ["to:felt", "selector:felt", "calldata_len:felt", "calldata:felt*"],
      },
      {
        caller: "0x414e595f43414c4c4552",
        nonce: 1,
        execute_after: 0,
        execute_before: 99,
        calls_len: 1,
        calls: [{ to: STRK, selector: TRANSFER, calldata_len: 3, calldata: [RECIPIENT, 5, 0] }],
      },
    ),
    OUTSIDE,
  ),
  row(
    "SNIP-9 OutsideExecution, version 2",
    revision1(
      "Account.execute_from_outside",
      "2",
      {
        OutsideExecution: [
          "Caller:ContractAddress",
          "Nonce:felt",
          "Execute After:u128",
          "Execute Before:u128",
          "Calls:Call*",
        ],
        Call: ["To:ContractAddress", "Selector:selector", "Calldata:felt*"],
      },
      {
        Caller: A,
        Nonce: 1,
        "Execute After": 0,
        "Execute Before": 99,
        Calls: [{ To: STRK, Selector: "transfer", Calldata: [RECIPIENT, 5, 0] }],
      },
    ),
    OUTSIDE,
  ),
  row(
    "ERC-20 Permit",
    revision1(
      "Token",
      "1",
      {
        Permit: [
          "token:ContractAddress",
          "spender:ContractAddress",
          "amount:u256",
          "nonce:felt",
          "deadline:u128",
        ],
      },
      { token: STRK, spender: A, amount: { low: "7", high: "0x1" }, nonce: 0, deadline: 99 },
    ),
    {
      allowances: [
        { asset: `starknet-erc20:${STRK}`, owner: ME, spender: A, amount: (2n ** 128n + 7n).toString() },
      ],
    },
  ),
  row(
    "Votes Delegation",
    revision1(
      "Token",
      "1",
      {
        Delegation: [
          "verifying_contract:ContractAddress",
          "delegatee:ContractAddress",
          "nonce:felt",
          "expiry:u128",
        ],
      },
      { verifying_contract: STRK, delegatee: A, nonce: 0, expiry: 99 },
    ),
    { control: [{ what: "delegate", of: STRK, to: A }] },
  ),
  row(
    "Governor Vote",
    revision1(
      "Governor",
      "1",
      {
        Vote: [
          "verifying_contract:ContractAddress",
          "nonce:felt",
          "proposal_id:felt",
          "support:u128",
          "voter:ContractAddress",
        ],
      },
      { verifying_contract: A, nonce: 0, proposal_id: 5, support: 1, voter: ME },
    ),
    { harmless: true },
  ),
  row(
    "Governor VoteWithReasonAndParams",
    revision1(
      "Governor",
      "1",
      {
        VoteWithReasonAndParams: [
          "verifying_contract:ContractAddress",
          "nonce:felt",
          "proposal_id:felt",
          "support:u128",
          "voter:ContractAddress",
          "reason_hash:felt",
          "params:felt*",
        ],
      },
      { verifying_contract: A, nonce: 0, proposal_id: 5, support: 1, voter: ME, reason_hash: 0, params: [] },
    ),
    { harmless: true },
  ),
  ...signIn("SNIP-86 sign-in", [], {}),
  ...signIn("SNIP-86 sign-in with an end", ["expirationTime:string"], {
    expirationTime: "2026-05-25T00:00:00Z",
  }),
  ...signIn("SNIP-86 sign-in with a start", ["notBefore:string"], { notBefore: "2026-05-24T00:00:00Z" }),
  ...signIn("SNIP-86 sign-in with a start and an end", ["notBefore:string", "expirationTime:string"], {
    notBefore: "2026-05-24T00:00:00Z",
    expirationTime: "2026-05-25T00:00:00Z",
  }),
  row(
    "Argent Session",
    revision1(
      "SessionAccount.session",
      "0x31",
      {
        Session: [
          "Expires At:timestamp",
          "Allowed Methods:merkletree:Allowed Method",
          "Metadata:string",
          "Session Key:felt",
        ],
        "Allowed Method": ["Contract Address:ContractAddress", "selector:selector"],
      },
      {
        "Expires At": 99,
        "Allowed Methods": [{ "Contract Address": STRK, selector: "transfer" }],
        Metadata: '{"projectID":"test"}',
        "Session Key": SESSION_KEY,
      },
    ),
    delegates(SESSION_KEY),
  ),
  row(
    "Plugin account Session",
    build(
      { StarkNetDomain: members(["chainId:felt"]) },
      { chainId: "SN_MAIN" },
      {
        Session: ["key:felt", "expires:felt", "root:merkletree:Policy"],
        Policy: ["contractAddress:felt", "selector:selector"],
      },
      { key: SESSION_KEY, expires: 99, root: [{ contractAddress: STRK, selector: "transfer" }] },
    ),
    delegates(SESSION_KEY),
  ),
  ...braavos(1),
  ...braavos(2),
  row(
    "Argent Owner Alive",
    revision1(
      "Owner Alive",
      "0x31",
      { "Owner Alive": ["Owner GUID:felt", "Signature expiration:timestamp"] },
      { "Owner GUID": "0x1", "Signature expiration": "9" },
    ),
    { control: [{ what: "owner", of: ME, to: padded("0x1") }] },
  ),
  row(
    "Snapshot SetAlias",
    revision0(
      "sx-starknet",
      "0.1.0",
      { SetAlias: ["from:felt", "alias:felt", "timestamp:felt"] },
      { from: ME, alias: "0xa1", timestamp: 99 },
    ),
    delegates(A),
  ),
  row(
    "Paradex Request",
    paradex("Request", ["method:felt", "path:felt", "body:felt", "timestamp:felt", "expiration:felt"], {
      method: "POST",
      path: "/v1/auth",
      body: "",
      timestamp: 1_790_000_000,
      expiration: 1_790_086_400,
    }),
    delegates("paradex:api"),
  ),
  row(
    "Paradex Constant",
    paradex("Constant", ["action:felt"], { action: "Onboarding" }),
    delegates("paradex:api"),
  ),
  row("Paradex Order", paradex("Order", PARADEX_ORDER, ORDERED), ORDER),
  row(
    "Paradex ModifyOrder",
    paradex("ModifyOrder", [...PARADEX_ORDER, "id:felt"], { ...ORDERED, id: "1790" }),
    ORDER,
  ),
];
