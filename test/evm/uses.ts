/** Documents to sign, by the name of their row, and how an attacker uses their signature. */
import fc from "fast-check";
import { hashStruct, parseSignature, toHex, zeroAddress, type Hex } from "viem";
import { documentOf, type Message, type Parts } from "../chains/ethereum/documents/samples.ts";
import { domainOf } from "./seal.ts";
import { seaport, seaportTree } from "./seaport.ts";
import { LATER, parts, step, type Signed, type Step, type Trial } from "./trial.ts";
import { ATTACKER, MAX, type World } from "./world.ts";

const VRS = "uint8 v, bytes32 r, bytes32 s";
const AUTHORIZED =
  "(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)";
const DETAILS = "struct Details { address token; uint160 amount; uint48 expiration; uint48 nonce; }";
const PERMISSIONS = "struct Permissions { address token; uint256 amount; }";
const SENT = "struct Sent { address to; uint256 requestedAmount; }";
const ONCE = "struct Once { Permissions permitted; uint256 nonce; uint256 deadline; }";
const FORWARDED = "address from; address to; uint256 value; uint256 gas;";

const AMOUNTS = [1n, 8n, 50n, 400n, 9_000n];
const amount = fc.constantFrom(...AMOUNTS, 10_000n, MAX);
const split = (signature: Hex): readonly [v: number, r: Hex, s: Hex] => {
  const { r, s, yParity } = parseSignature(signature);
  return [27 + yParity, r, s];
};

/** Members of the message in an order, with `rest` behind. */
function members({ document }: Signed, names: string): unknown[] {
  return names.split(" ").map((name) => document.message[name]);
}

const erc2612: Trial = {
  document: (world, known) =>
    amount.map((value) =>
      parts(known, domainOf(world, world.at.coin), {
        owner: world.us,
        spender: ATTACKER,
        value,
        nonce: 0n,
        deadline: LATER,
      }),
    ),
  attack: ({ at }, signed) => [
    step(
      at.coin,
      `function permit(address owner, address spender, uint256 value, uint256 deadline, ${VRS})`,
      [...members(signed, "owner spender value deadline"), ...split(signed.signature)],
    ),
  ],
};

const dai: Trial = {
  document: (world, known) =>
    fc.constantFrom(0n, LATER).map((expiry) =>
      parts(known, domainOf(world, world.at.dai), {
        holder: world.us,
        spender: ATTACKER,
        nonce: 0n,
        expiry,
        allowed: true,
      }),
    ),
  attack: ({ at }, signed) => [
    step(
      at.dai,
      `function permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, ${VRS})`,
      [...members(signed, "holder spender nonce expiry allowed"), ...split(signed.signature)],
    ),
  ],
};

const erc4494: Trial = {
  document: (world, known) =>
    fc.constantFrom(0n, 1n, 2n).map((tokenId) =>
      parts(known, domainOf(world, world.at.picture), {
        spender: ATTACKER,
        tokenId,
        nonce: 0n,
        deadline: LATER,
      }),
    ),
  attack: ({ at }, signed) => [
    step(at.picture, "function permit(address spender, uint256 tokenId, uint256 deadline, bytes signature)", [
      ...members(signed, "spender tokenId deadline"),
      signed.signature,
    ]),
  ],
};

const authorization = (functionName: string): Trial => ({
  document: (world, known) =>
    fc.constantFrom(...AMOUNTS).map((value) =>
      parts(known, domainOf(world, world.at.coin), {
        from: world.us,
        to: ATTACKER,
        value,
        validAfter: 0n,
        validBefore: LATER,
        nonce: toHex(value, { size: 32 }),
      }),
    ),
  attack: ({ at }, signed) => [
    step(at.coin, `function ${functionName}${AUTHORIZED}`, [
      ...members(signed, "from to value validAfter validBefore nonce"),
      ...split(signed.signature),
    ]),
  ],
});

const tokenOf = ({ at }: World): fc.Arbitrary<Hex> => fc.constantFrom(at.coin, at.dai, at.wrapped);
/** One entry for each token: their nonces are apart. */
const detailsOf = (world: World): fc.Arbitrary<object> =>
  fc
    .record({ token: tokenOf(world), amount, expiration: fc.constantFrom(LATER, 0n), nonce: fc.constant(0n) })
    .map((details) => ({
      ...details,
      amount: details.amount === MAX ? 2n ** 160n - 1n : details.amount,
      nonce: 0n,
    }));

/** All amounts, largest first, so that the attacker leaves nothing. */
const takeAll = ({ at, us }: World): Step[] =>
  [at.coin, at.dai, at.wrapped].flatMap((token) =>
    AMOUNTS.toReversed().map((most) =>
      step(at.permit2, "function transferFrom(address from, address to, uint160 amount, address token)", [
        us,
        ATTACKER,
        most,
        token,
      ]),
    ),
  );

const permitAllowance = (batch: boolean): Trial => ({
  document: (world, known) =>
    fc
      .uniqueArray(detailsOf(world), {
        minLength: 1,
        maxLength: batch ? 3 : 1,
        selector: (details) => Object.values(details)[0] as string,
      })
      .map((list) =>
        parts(known, domainOf(world, world.at.permit2), {
          details: batch ? list : list[0],
          spender: ATTACKER,
          sigDeadline: LATER,
        }),
      ),
  attack: (world, { document, signature }) => [
    step(
      world.at.permit2,
      [
        DETAILS,
        `struct Permit { Details${batch ? "[]" : ""} details; address spender; uint256 sigDeadline; }`,
        "function permit(address owner, Permit permit, bytes signature)",
      ],
      [world.us, document.message, signature],
    ),
    ...takeAll(world),
  ],
});

const permissionsOf = (world: World): fc.Arbitrary<{ token: Hex; amount: bigint }> =>
  fc.record({ token: tokenOf(world), amount });

/** What the attacker asks of a permission: as much as there is. */
const asked = (permission: unknown): object => {
  const { amount: most } = permission as { amount: string };
  return { to: ATTACKER, requestedAmount: BigInt(most) > 9_000n ? 9_000n : BigInt(most) };
};

const permitOnce = (batch: boolean): Trial => ({
  document: (world, known) =>
    fc.array(permissionsOf(world), { minLength: 1, maxLength: batch ? 3 : 1 }).map((list) =>
      parts(known, domainOf(world, world.at.permit2), {
        permitted: batch ? list : list[0],
        spender: ATTACKER,
        nonce: 5n,
        deadline: LATER,
      }),
    ),
  attack: ({ at, us }, { document, signature }) => {
    const { permitted } = document.message;
    const sent = Array.isArray(permitted) ? permitted.map(asked) : asked(permitted);
    const many = batch ? "[]" : "";
    const text = [
      PERMISSIONS,
      SENT,
      ONCE.replace("Permissions", `Permissions${many}`),
      `function permitTransferFrom(Once permit, Sent${many} sent, address owner, bytes signature)`,
    ];
    return [step(at.permit2, text, [document.message, sent, us, signature])];
  },
});

/** UniswapX and x402: the spender is the reactor or proxy, which here is the attacker itself. */
const witness: Trial = {
  document: (world, known) =>
    permissionsOf(world).map((permitted) => {
      const sample = documentOf(known.type, {}) as { message: Record<string, Message> };
      const order = sample.message["witness"] ?? {};
      const info = order["info"] as Message | undefined;
      const named = info === undefined ? {} : { info: { ...info, swapper: world.us, reactor: ATTACKER } };
      return parts(known, domainOf(world, world.at.permit2), {
        permitted,
        spender: ATTACKER,
        nonce: 5n,
        deadline: LATER,
        witness: { ...order, ...named },
      });
    }),
  attack: ({ at, us }, { document, signature }) => {
    const { message, types, primaryType } = document;
    const name = (types[primaryType] ?? []).find((field) => field.name === "witness")?.type ?? "";
    const hash = hashStruct({
      types,
      primaryType: name,
      data: message["witness"] as Record<string, unknown>,
    });
    const args = [message, asked(message["permitted"]), us, hash, witnessText(types, name), signature];
    const text = [
      PERMISSIONS,
      SENT,
      ONCE,
      "function permitWitnessTransferFrom(Once permit, Sent sent, address owner, bytes32 witness, string text, bytes signature)",
    ];
    return [step(at.permit2, text, args)];
  },
};

/** What follows Permit2's stub: the witness member, then all structs by name. */
function witnessText(types: Parts["types"], name: string): string {
  const structs = Object.keys(types)
    .filter((struct) => !struct.startsWith("PermitWitness"))
    .toSorted()
    .map(
      (struct) => `${struct}(${(types[struct] ?? []).map((field) => `${field.type} ${field.name}`).join()})`,
    );
  return `${name} witness)${structs.join("")}`;
}

const SAFE_EXECUTION =
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)";

/** A Safe of ours does what the key signed, whoever sends it. */
const safe: Trial = {
  document: (world, known, generator) =>
    generator.any(2).map((call) =>
      parts(known, domainOf(world, world.at.safe), {
        ...call,
        operation: 0n,
        safeTxGas: 0n,
        baseGas: 0n,
        gasPrice: 0n,
        gasToken: zeroAddress,
        refundReceiver: zeroAddress,
        nonce: 0n,
      }),
    ),
  attack: ({ at }, signed) => [
    step(at.safe, SAFE_EXECUTION, [
      ...members(signed, "to value data operation safeTxGas baseGas gasPrice gasToken refundReceiver"),
      signed.signature,
    ]),
  ],
};

/** A forwarder calls a token that takes its word for who the sender is. */
const forwarded = (five: boolean): Trial => ({
  document: (world, known, generator) => {
    const { at, us } = world;
    const token = five ? at.relayed5 : at.relayed;
    const selectors = ["0xa9059cbb", "0x095ea7b3", "0x39509351"] as const;
    return fc
      .constantFrom(...selectors)
      .chain((selector) => generator.call(selector, 0, token))
      .map(({ data }) =>
        parts(known, domainOf(world, five ? at.forwarder5 : at.forwarder), {
          from: us,
          to: token,
          value: 0n,
          gas: 500_000n,
          nonce: 0n,
          deadline: LATER,
          data,
        }),
      );
  },
  attack: ({ at }, { document, signature }) => {
    const tail = five ? "uint48 deadline; bytes data; bytes signature;" : "uint256 nonce; bytes data;";
    const text = [
      `struct Request { ${FORWARDED} ${tail} }`,
      five ? "function execute(Request request)" : "function execute(Request request, bytes signature)",
    ];
    const request = { ...document.message, signature };
    return [step(five ? at.forwarder5 : at.forwarder, text, five ? [request] : [request, signature])];
  },
});

const votes: Trial = {
  document: (world, known) =>
    fc
      .constantFrom<Hex>(ATTACKER, world.at.safe)
      .map((delegatee) =>
        parts(known, domainOf(world, world.at.shares), { delegatee, nonce: 0n, expiry: LATER }),
      ),
  attack: ({ at }, signed) => [
    step(at.shares, `function delegateBySig(address delegatee, uint256 nonce, uint256 expiry, ${VRS})`, [
      ...members(signed, "delegatee nonce expiry"),
      ...split(signed.signature),
    ]),
  ],
};

export const TESTED: ReadonlyMap<string, Trial> = new Map([
  ["ERC-2612 Permit", erc2612],
  ["DAI Permit", dai],
  ["ERC-4494 Permit", erc4494],
  ["EIP-3009 TransferWithAuthorization", authorization("transferWithAuthorization")],
  ["EIP-3009 ReceiveWithAuthorization", authorization("receiveWithAuthorization")],
  ["Permit2 PermitSingle", permitAllowance(false)],
  ["Permit2 PermitBatch", permitAllowance(true)],
  ["Permit2 PermitTransferFrom", permitOnce(false)],
  ["Permit2 PermitBatchTransferFrom", permitOnce(true)],
  ...["DutchOrder", "ExclusiveDutchOrder", "V2DutchOrder", "V3DutchOrder", "PriorityOrder", "LimitOrder"].map(
    (name): [string, Trial] => [`UniswapX ${name}`, witness],
  ),
  ["x402 exact payment", witness],
  ["x402 upto payment", witness],
  ["SafeTx", safe],
  ["ForwardRequest (MinimalForwarder)", forwarded(false)],
  ["ForwardRequest (ERC2771Forwarder)", forwarded(true)],
  ["Delegation of votes", votes],
  ["Seaport OrderComponents", seaport],
  ["Seaport BulkOrder", seaportTree],
]);
