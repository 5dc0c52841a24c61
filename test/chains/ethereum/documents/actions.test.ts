/** Documents that are calls, payments or grants of control: ZKsync, meta-transactions, Hyperliquid, ERC-7739. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFunctionData, erc20Abi, getAddress, parseAbi, toHex } from "viem";
import type { Json } from "../../../../src/domain/canonical.ts";
import type { DecodedRequest } from "../../../../src/chains/adapter.ts";
import { DOCUMENTS } from "../../../../src/chains/ethereum/documents/registry.ts";
import { decode, OWNER, refuses } from "../keys.ts";
import {
  CONTRACT,
  prefixed,
  SIGN_IN,
  documentOf,
  OTHER,
  requestOf,
  sampleOf,
  type Message,
  type Parts,
} from "./samples.ts";

const TOKEN = `0x${"22".repeat(20)}`;
const ACCOUNT = `0x${"44".repeat(20)}`;
const BYTES32 = `0x${"ab".repeat(32)}`;

function sample(name: string, message: Message = {}, domain: Message = {}): Parts {
  const known = DOCUMENTS.find((document) => document.name === name) ?? assert.fail(name);
  const parts = sampleOf(known, known.domains[0] ?? assert.fail(), message);
  return { ...parts, domain: { ...parts.domain, ...domain } };
}

const decoded = (name: string, message: Message = {}): DecodedRequest =>
  decode(requestOf(sample(name, message)));

const transfer = (asset: string, from: string, to: string, amount: string) => ({
  asset,
  from,
  to,
  amount,
  ownChange: false,
});

function assertOpaque(name: string, message: Message, cause = "unknownTypedData"): void {
  const { intent } = decoded(name, message);
  assert.deepEqual(intent.opaqueCauses, [cause]);
}

describe("ZKsync Transaction", () => {
  const gas = { gasLimit: "10000000", maxFeePerGas: "100000000" };
  const flow = parseAbi([
    "function approvalBased(address token,uint256 minAllowance,bytes innerInput)",
    "function general(bytes input)",
  ]);
  const general = encodeFunctionData({ abi: flow, functionName: "general", args: ["0x"] });
  const approval = encodeFunctionData({
    abi: flow,
    functionName: "approvalBased",
    args: [`0x${"22".repeat(20)}`, 77n, "0x1234"],
  });

  for (const member of ["from", "to", "paymaster"]) {
    test(`${member} of more than 20 bytes is refused`, () => {
      const dirty = requestOf(sample("ZKsync Transaction", { [member]: `0x01${"00".repeat(20)}` }));
      refuses(dirty, "transaction.invalid", `/typedData/message/${member}`);
    });
  }
  test("another's transaction is opaque", () => assertOpaque("ZKsync Transaction", { from: OTHER }));
  test("another type is opaque", () => assertOpaque("ZKsync Transaction", { txType: 2 }));
  for (const [what, message] of [
    ["a paymaster whose terms cannot be read", { paymaster: CONTRACT, paymasterInput: general }],
    ["a paymaster without input", { paymaster: CONTRACT, paymasterInput: "0x" }],
    ["input without a paymaster", { paymasterInput: approval }],
    ["an approval with bytes after it", { paymaster: CONTRACT, paymasterInput: `${approval}00` }],
  ] as const) {
    test(`${what} is opaque`, () => assertOpaque("ZKsync Transaction", message, "reservedFields"));
  }

  test("native value is a transfer, and the fee is in the intent", () => {
    const { intent, environment } = decoded("ZKsync Transaction", { ...gas, value: "10000000000000000000" });
    assert.deepEqual(intent.transfers, [transfer("native", OWNER, OTHER, "10000000000000000000")]);
    assert.deepEqual(intent.fee, { asset: "native", max: "1000000000000000" });
    assert.deepEqual([intent.opaque, environment.chainId], [false, "1"]);
  });

  test("its call is read like any call", () => {
    const data = encodeFunctionData({
      abi: erc20Abi,
      functionName: "transfer",
      args: [`0x${"55".repeat(20)}`, 3n],
    });
    const { intent } = decoded("ZKsync Transaction", { ...gas, to: TOKEN, value: 0, data });
    assert.deepEqual(intent.transfers, [transfer(`erc20:${TOKEN}`, OWNER, `0x${"55".repeat(20)}`, "3")]);
    assert.deepEqual(
      intent.calls.map((call) => call.to),
      [TOKEN],
    );
  });

  test("factoryDeps deploy code, and an approval-based paymaster may spend", () => {
    const message = { factoryDeps: [BYTES32], paymaster: CONTRACT, paymasterInput: approval };
    const { intent } = decoded("ZKsync Transaction", message);
    assert.deepEqual(intent.control, [{ what: "deployment", of: BYTES32, to: null }]);
    assert.deepEqual(intent.allowances, [
      { asset: `erc20:${TOKEN}`, owner: OWNER, spender: CONTRACT, amount: "77" },
    ]);
    assert.equal(intent.opaque, false);
  });
});

describe("meta-transactions", () => {
  const data = encodeFunctionData({
    abi: erc20Abi,
    functionName: "transfer",
    args: [`0x${"55".repeat(20)}`, 3n],
  });
  for (const name of [
    "ForwardRequest (MinimalForwarder)",
    "ForwardRequest (ERC2771Forwarder)",
    "MetaTransaction",
  ]) {
    test(`${name} in another's name is opaque`, () => assertOpaque(name, { from: OTHER }));
    test(`${name}: the call comes from the signer`, () => {
      const { intent } = decoded(name, { to: CONTRACT, value: 0, data, functionSignature: data });
      assert.deepEqual(intent.transfers, [transfer(`erc20:${CONTRACT}`, OWNER, `0x${"55".repeat(20)}`, "3")]);
      assert.deepEqual(
        intent.calls.map((call) => call.to),
        [CONTRACT],
      );
    });
    test(`${name}: an unknown function is opaque`, () => {
      assertOpaque(
        name,
        { to: CONTRACT, value: 0, data: "0x12345678", functionSignature: "0x12345678" },
        "unknownCall",
      );
    });
    test(`${name}: without data the callee reads the address behind it as a selector, so it is opaque`, () => {
      const { intent } = decoded(name, { to: CONTRACT, value: 0, data: "0x", functionSignature: "0x" });
      assert.deepEqual(intent.opaqueCauses, ["unknownCall"]);
      assert.deepEqual(intent.calls, [{ to: CONTRACT, value: "0", selector: OWNER.slice(0, 10) }]);
    });
  }

  test("a chain in the salt is the environment's", () => {
    assert.equal(decoded("MetaTransaction").environment.chainId, "137");
    const hash = requestOf(sample("MetaTransaction", {}, { salt: BYTES32 }));
    assert.deepEqual(decode(hash).intent.opaqueCauses, ["unknownTypedData"]);
  });
});

describe("Hyperliquid", () => {
  for (const [what, name, message] of [
    ["an amount with an exponent", "UsdSend", { amount: "1e9" }],
    ["an amount of nine decimals", "UsdSend", { amount: "1.123456789" }],
    ["a destination that is no address", "Withdraw", { destination: "0x12" }],
    ["a network that nobody knows", "SpotSend", { hyperliquidChain: "mainnet" }],
    ["a stake on a network that nobody knows", "TokenDelegate", { hyperliquidChain: "Local" }],
    ["a token of another form", "SpotSend", { token: "USDC:1" }],
    ["a sub-account's transfer", "UsdClassTransfer", { amount: `1 subaccount:${OTHER}` }],
    ["a builder's fee", "ApproveBuilderFee", {}],
    ["a hash of an action", "SendMultiSig", {}],
  ] as const) {
    test(`${what} is opaque`, () => assertOpaque(`Hyperliquid ${name}`, message));
  }

  for (const [what, signers] of [
    ["none", "null"],
    ["no users", '{"authorizedUsers":[],"threshold":1}'],
    ["two lists of users", `{"authorizedUsers":["${OTHER}"],"authorizedUsers":["${OWNER}"],"threshold":1}`],
    ["a user that is no address", '{"authorizedUsers":["0x12"],"threshold":1}'],
    ["more than users and threshold", `{"authorizedUsers":["${OTHER}"],"threshold":1,"more":1}`],
  ] as const) {
    test(`signers: ${what}: opaque`, () => {
      assertOpaque("Hyperliquid ConvertToMultiSigUser", { signers }, "accountChange");
    });
  }

  test("signers as Python writes them", () => {
    const signers = `{"authorizedUsers": ["${OTHER}", "${CONTRACT}"], "threshold": 2}`;
    const { intent } = decoded("Hyperliquid ConvertToMultiSigUser", { signers });
    assert.deepEqual(intent.control, [
      { what: "owner", of: OWNER, to: OTHER },
      { what: "owner", of: OWNER, to: CONTRACT },
      { what: "account", of: OWNER, to: null },
    ]);
    assert.equal(intent.opaque, false);
  });

  const token = "PURR:0xc4bf3f870c0e9465323c0b6ed28096c2";
  const cases: readonly (readonly [string, Message, Json])[] = [
    ["UsdSend", { amount: "1.5" }, transfer("hyperliquid:USDC", OWNER, OTHER, "150000000")],
    ["Withdraw", { amount: "2" }, transfer("hyperliquid:USDC", OWNER, OTHER, "200000000")],
    ["SpotSend", { token, amount: "0.1" }, transfer(`hyperliquid:${token}`, OWNER, OTHER, "10000000")],
    [
      "SendAsset",
      { hyperliquidChain: "Testnet", fromSubAccount: CONTRACT, amount: "0.00000001" },
      transfer("hyperliquid-testnet:USDC", CONTRACT, OTHER, "1"),
    ],
    ["UsdClassTransfer", { amount: "1" }, transfer("hyperliquid:USDC", OWNER, OWNER, "100000000")],
    [
      "TokenDelegate",
      { validator: OTHER, wei: "5", isUndelegate: false },
      transfer("hyperliquid:HYPE", OWNER, OTHER, "5"),
    ],
    [
      "TokenDelegate",
      { validator: OTHER, wei: "5", isUndelegate: true },
      transfer("hyperliquid:HYPE", OTHER, OWNER, "5"),
    ],
  ];
  for (const [name, message, expected] of cases) {
    test(`${name} is a transfer (${JSON.stringify(message)})`, () => {
      const { intent } = decoded(`Hyperliquid ${name}`, message);
      assert.deepEqual([intent.transfers, intent.opaque], [[expected], false]);
    });
  }
});

describe("tokens", () => {
  const erc20 = `erc20:${CONTRACT}`;
  const allowance = (asset: string, amount: string) => ({ asset, owner: OWNER, spender: OTHER, amount });
  const all = `erc721:${CONTRACT}/*`;

  test("PermitForAll is the whole collection, or nothing of it", () => {
    const unlimited = ((1n << 256n) - 1n).toString();
    for (const [approved, amount] of [
      [true, unlimited],
      [false, "0"],
    ] as const) {
      const { intent } = decoded("Uniswap v4 PermitForAll", { operator: OTHER, approved });
      assert.deepEqual(intent.allowances, [allowance(all, amount)]);
    }
  });

  test("DelegationWithSig is an allowance of debt", () => {
    const { intent } = decoded("Aave DelegationWithSig", { delegatee: OTHER, value: "5" });
    assert.deepEqual(intent.allowances, [allowance(erc20, "5")]);
  });

  for (const name of ["TransferWithAuthorization", "ReceiveWithAuthorization"]) {
    test(`${name} is a transfer, under a salt of Polygon too`, () => {
      const known = DOCUMENTS.find((document) => document.name === `EIP-3009 ${name}`) ?? assert.fail();
      const environments = known.domains.map((form) => {
        const { intent, environment } = decode(requestOf(sampleOf(known, form, { to: OTHER, value: "5" })));
        assert.deepEqual(intent.transfers, [transfer(erc20, OWNER, OTHER, "5")]);
        return environment.chainId;
      });
      assert.deepEqual(environments, ["1", "1", "137"]);
    });
  }
});

describe("control", () => {
  const cases: readonly (readonly [string, Message, Json[]])[] = [
    ["Delegation of votes", { delegatee: OTHER }, [{ what: "delegate", of: OWNER, to: OTHER }]],
    [
      "Morpho Authorization",
      { authorizer: OWNER, authorized: OTHER, isAuthorized: true },
      [{ what: "delegate", of: OWNER, to: OTHER }],
    ],
    [
      "Compound III Authorization",
      { owner: OWNER, manager: OTHER, isAllowed: false },
      [{ what: "delegate", of: OWNER, to: null }],
    ],
    [
      "MetaMask Delegation",
      { delegate: OTHER, delegator: ACCOUNT },
      [{ what: "delegate", of: ACCOUNT, to: OTHER }],
    ],
    ["Snapshot Alias", { from: OWNER, alias: OTHER }, [{ what: "delegate", of: OWNER, to: OTHER }]],
    [
      "Kernel Enable",
      { validationId: `0x01${"ba".repeat(20)}`, hook: OTHER },
      [
        { what: "module", of: CONTRACT, to: `0x${"ba".repeat(20)}` },
        { what: "module", of: CONTRACT, to: OTHER },
      ],
    ],
    ["Hyperliquid ApproveAgent", { agentAddress: OTHER }, [{ what: "delegate", of: OWNER, to: OTHER }]],
    [
      "Hyperliquid ConvertToMultiSigUser",
      {},
      [
        { what: "owner", of: OWNER, to: OTHER },
        { what: "account", of: OWNER, to: null },
      ],
    ],
  ];
  for (const [name, message, control] of cases) {
    test(name, () => {
      const { intent } = decoded(name, message);
      assert.deepEqual([intent.control, intent.opaque], [control, false]);
    });
  }
});

describe("Kernel Enable", () => {
  for (const [member, value] of [
    ["validatorData", OTHER],
    ["hookData", "0x00"],
    ["selectorData", "0x1122334455"],
  ] as const) {
    test(`${member} that only the module reads is opaque, and the module still shown`, () => {
      const { intent } = decoded("Kernel Enable", { [member]: value });
      assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"]);
      assert.equal(intent.control[0]?.what, "module");
    });
  }
});

describe("ERC-7739 TypedDataSign", () => {
  const ACCOUNT_MEMBERS = "string name,string version,uint256 chainId,address verifyingContract,bytes32 salt";
  const MAIL = "Mail(string text)";
  const PERMIT = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
  const app = { name: "Token", version: "1", chainId: 1, verifyingContract: CONTRACT };
  const wrapper = (contents: string, over: Message = {}, domain: Message = app): Parts =>
    documentOf(
      `TypedDataSign(${contents.slice(0, contents.indexOf("("))} contents,${ACCOUNT_MEMBERS})${contents}`,
      domain,
      { verifyingContract: ACCOUNT, chainId: 1, ...over },
    );

  test("unknown contents are opaque", () => {
    const { intent } = decode(requestOf(wrapper(MAIL)));
    assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"]);
  });

  test("an account on another chain is opaque", () => {
    const { intent } = decode(requestOf(wrapper(PERMIT, { chainId: 2 })));
    assert.deepEqual([intent.opaqueCauses, intent.allowances], [["unknownTypedData"], []]);
  });

  test("contents under no domain of an application are opaque", () => {
    const { intent } = decode(requestOf(wrapper(PERMIT, {}, { name: "Token" })));
    assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"]);
  });

  test("a wrapper with another member is opaque", () => {
    const text = `TypedDataSign(Permit contents,${ACCOUNT_MEMBERS},uint256 more)${PERMIT}`;
    const { intent } = decode(requestOf(documentOf(text, app, { chainId: 1 })));
    assert.deepEqual(intent.opaqueCauses, ["unknownTypedData"]);
  });

  test("known contents are the account's", () => {
    const { types, primaryType } = wrapper("Delegation(address delegatee,uint256 nonce,uint256 expiry)");
    const message = {
      contents: { delegatee: OTHER, nonce: 0, expiry: 1 },
      name: "A",
      version: "1",
      chainId: 1,
      verifyingContract: ACCOUNT,
      salt: BYTES32,
    };
    const { intent } = decode(requestOf({ types, primaryType, domain: app, message }));
    assert.deepEqual(intent.control, [{ what: "delegate", of: ACCOUNT, to: OTHER }]);
    assert.equal(intent.opaque, false);
  });
});

describe("ERC-7739 PersonalSign", () => {
  const personal = (bytes: string) => decoded("ERC-7739 PersonalSign", { prefixed: bytes }).intent;
  const hello = prefixed("hello");

  for (const [what, bytes] of [
    ["a typed document's digest", `0x1901${"22".repeat(64)}`],
    ["nothing", "0x"],
    ["bytes without the prefix", "0x68656c6c6f"],
    ["a length that is not the message's", `${hello}00`],
    ["a length with a leading zero", toHex("\x19Ethereum Signed Message:\n05hello")],
  ] as const) {
    test(`${what} is opaque`, () => assert.deepEqual(personal(bytes).opaqueCauses, ["hashedMessage"]));
  }

  test("an unknown message is opaque, a sign-in of the account is not", () => {
    assert.deepEqual(personal(hello).opaqueCauses, ["unknownMessage"]);
    assert.match(String(personal(prefixed(SIGN_IN)).harmless), /sign-in at app\.example/);
    const another = SIGN_IN.replace(getAddress(CONTRACT), getAddress(OTHER));
    assert.deepEqual(personal(prefixed(another)).opaqueCauses, ["unknownMessage"]);
  });

  test("the message stands where one that is signed by itself does: lists of sign-in domains hold for it", () => {
    const messageOf = (text: string): unknown => Object(personal(prefixed(text)).ethereum).message;
    assert.deepEqual(messageOf("hello"), { text: "hello" });
    assert.equal(Object(messageOf(SIGN_IN)).signIn.domain, "app.example");
    assert.deepEqual(Object.keys(Object(decoded("ERC-2612 Permit").intent.ethereum)), ["typedData"]);
  });
});
