/** Bitcoin from request to accepted spend: a running service signs, bitcore-lib's script interpreter judges. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync } from "@scure/bip39";
import { Address, OutScript, p2pkh, p2sh, p2tr, p2wpkh, TEST_NETWORK, Transaction } from "@scure/btc-signer";
import { accountAddress, inputOf, MNEMONIC, psbtOf, type Coin } from "../chains/bitcoin/fixtures.ts";
import { verdicts } from "../chains/bitcoin/interpreter.ts";
import { signInText } from "../domain/messages/sign-in.ts";
import { bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { recoverBip137, verifyBip322 } from "./bitcoin-message.ts";
import { denialOf, makeKey, makeWallet, sign, type Key } from "./custody.ts";

const REGTEST = { ...TEST_NETWORK, bech32: "bcrt" };
const PURPOSES = [44, 49, 84, 86] as const;
type Purpose = (typeof PURPOSES)[number];
const ROOT = HDKey.fromMasterSeed(mnemonicToSeedSync(MNEMONIC));
const HARDENED = 0x80000000;
const MAX = 1_000_000n;

/** Somebody else's address. */
const THEIRS = accountAddress(84, 0, 9, 5).script;
const recipient = Address(REGTEST).encode(OutScript.decode(THEIRS));

let service: RunningService;
let keys: Record<Purpose, Key>;
/** The next BIP-84 key of the same account. */
let second: Key;

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury", mnemonic: MNEMONIC });
  const make = (purpose: Purpose, index = 0) =>
    makeKey(service, walletId, { chain: "bitcoin", network: "regtest", purpose, index });
  keys = { 44: await make(44), 49: await make(49), 84: await make(84), 86: await make(86) };
  second = await make(84, 1);
  const rules = [
    {
      chain: "bitcoin",
      chainId: "bitcoin:regtest",
      asset: "native",
      recipients: [recipient],
      maxPerTransaction: MAX.toString(),
    },
  ];
  const settings = { rules, maxFee: [{ chain: "bitcoin", max: "20000" }], allowMessages: true };
  await bind(service, readyPolicy("transfer-limits"), { walletId }, { settings });
});
after(() => service.stop());

/** The account's address `branch/index`, derived here from the mnemonic. */
function derived(purpose: Purpose, branch: number, index: number) {
  const { publicKey } = ROOT.derive(`m/${purpose}'/1'/0'/${branch}/${index}`);
  assert.ok(publicKey);
  const { script, address } = {
    44: () => p2pkh(publicKey, REGTEST),
    49: () => p2sh(p2wpkh(publicKey, REGTEST), REGTEST),
    84: () => p2wpkh(publicKey, REGTEST),
    86: () => p2tr(publicKey.slice(1), undefined, REGTEST),
  }[purpose]();
  return { publicKey, script, address };
}

function coin(purpose: Purpose, index: number, amount: bigint): Coin {
  return { script: derived(purpose, 0, index).script, amount };
}

/** An output to our change address 1/3, with the derivation that proves it or without. */
function changeOutput(purpose: Purpose, amount: bigint, proven: boolean) {
  const { publicKey, script } = derived(purpose, 1, 3);
  const path = [purpose + HARDENED, 1 + HARDENED, HARDENED, 1, 3];
  const der = { fingerprint: ROOT.fingerprint, path };
  if (!proven) return { script, amount };
  if (purpose === 86) {
    const tapBip32Derivation: [Uint8Array, { hashes: Uint8Array[]; der: typeof der }][] = [
      [publicKey.slice(1), { hashes: [], der }],
    ];
    return { script, amount, tapBip32Derivation };
  }
  const bip32Derivation: [Uint8Array, typeof der][] = [[publicKey, der]];
  return { script, amount, bip32Derivation };
}

/** Two coins of the key pay the policy's maximum to the recipient, the rest less a fee to our change address. */
function spend(purpose: Purpose, options: { version: 0 | 2; paid?: bigint; proven?: boolean }) {
  const coins = [coin(purpose, 0, 3_000_000n), coin(purpose, 0, 70_000n)];
  const { paid = MAX, proven = true } = options;
  const change = changeOutput(purpose, 3_070_000n - paid - 5_000n, proven);
  const inputs = coins.map((spent, salt) => inputOf(spent, salt));
  const outputs = [{ script: THEIRS, amount: paid }, change];
  const psbt = psbtOf(inputs, outputs, { PSBTVersion: options.version, version: 2 });
  return { coins, request: { type: "bitcoin.psbt", psbt } };
}

for (const purpose of PURPOSES) {
  describe(`bitcoin: BIP-${purpose} on regtest`, () => {
    test("the address is the one that a wallet with this mnemonic has", () => {
      assert.equal(keys[purpose].address, derived(purpose, 0, 0).address);
    });

    test("one satoshi over the maximum is denied, and change that nothing proves counts as a payment", async () => {
      const over = spend(purpose, { version: 0, paid: MAX + 1n }).request;
      assert.equal(await denialOf(service, keys[purpose], over), "amount_over_limit");
      const claimed = spend(purpose, { version: 0, proven: false }).request;
      assert.equal(await denialOf(service, keys[purpose], claimed), "recipient_not_allowed");
    });

    for (const version of [0, 2] as const) {
      test(`PSBT v${version}: both inputs are accepted, and pay what was asked`, async () => {
        const { coins, request } = spend(purpose, { version });
        const signed = await sign(service, keys[purpose], request);
        const raw: string = signed.signedTransaction;
        assert.deepEqual(verdicts(raw, coins), ["ok", "ok"]);
        const transaction = Transaction.fromRaw(Buffer.from(raw, "hex"));
        assert.equal(transaction.id, signed.txid);
        const outputs = [transaction.getOutput(0), transaction.getOutput(1)].map(({ amount }) => amount);
        assert.deepEqual(outputs, [MAX, 2_065_000n]);
      });
    }

    test("a message", async () => {
      const message = signInText("Bitcoin", keys[purpose].address);
      const { signature } = await sign(service, keys[purpose], { type: "bitcoin.message", message });
      if (purpose === 44) {
        assert.equal(recoverBip137(message, signature, 31), keys[44].publicKey);
        return;
      }
      const { script } = derived(purpose, 0, 0);
      assert.equal(verifyBip322(message, script, signature), "ok");
      assert.notEqual(verifyBip322(`${message}!`, script, signature), "ok");
    });

    test("a message that is no sign-in is denied", async () => {
      for (const message of ["I hold this address", signInText("Bitcoin", recipient)]) {
        const code = await denialOf(service, keys[purpose], { type: "bitcoin.message", message });
        assert.match(code, /opaque|message/);
      }
    });

    if (purpose !== 86) {
      test("a BIP-137 message: the key is recovered", async () => {
        const message = signInText("Bitcoin", keys[purpose].address);
        const request = { type: "bitcoin.message", message, format: "bip137" };
        const { signature } = await sign(service, keys[purpose], request);
        const header = { 44: 31, 49: 35, 84: 39 }[purpose];
        assert.equal(recoverBip137(message, signature, header), keys[purpose].publicKey);
        assert.notEqual(recoverBip137(`${message}!`, signature, header), keys[purpose].publicKey);
      });
    }
  });
}

describe("bitcoin: two keys of one wallet sign one PSBT in turn", () => {
  for (const version of [0, 2] as const) {
    test(`PSBT v${version}: finalize false, then true`, async () => {
      const coins = [coin(84, 0, 600_000n), coin(84, 1, 500_000n)];
      const inputs = coins.map((spent, salt) => inputOf(spent, salt));
      const outputs = [{ script: THEIRS, amount: MAX }, changeOutput(84, 95_000n, true)];
      const psbt = psbtOf(inputs, outputs, { PSBTVersion: version, version: 2 });
      const first = await sign(service, keys[84], { type: "bitcoin.psbt", psbt, finalize: false });
      assert.equal(first.signedTransaction, undefined);
      const both = await sign(service, second, { type: "bitcoin.psbt", psbt: first.psbt, finalize: true });
      assert.deepEqual(verdicts(both.signedTransaction, coins), ["ok", "ok"]);
    });
  }
});
