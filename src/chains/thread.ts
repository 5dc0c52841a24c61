/** Entry of a chain thread: the adapters and the signature check, away from the main thread's event loop. */
import { workerData } from "node:worker_threads";
import type { Chain, KeyAttributes } from "../domain/keys.ts";
import type { Outcome } from "../threads/contract.ts";
import { failed, serve, succeeded } from "../threads/server.ts";
import type {
  AccountIdentity,
  AccountScheme,
  ChainAdapter,
  DescriptorScheme,
  WalletAdapter,
} from "./adapter.ts";
import { Adapters, assertSigns, type ChainSettings } from "./registry.ts";
import type { ChainCall, ChainReply } from "./chains.ts";
import type { SignedPayload } from "./verify-bls.ts";
import { verifySignatures } from "./verify.ts";

type VerifyCall = Extract<ChainCall, { task: "verify" }>;

// Chains starts this thread with the settings that it has itself.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const adapters = new Adapters(workerData as ChainSettings);

serve<ChainCall, ChainReply>(async (calls) => {
  const verified = verifyAll(calls);
  const outcomes: Outcome<ChainReply>[] = [];
  for (const call of calls) {
    try {
      outcomes.push(succeeded(call.task === "verify" ? verified.get(call) === true : await answer(call)));
    } catch (error) {
      outcomes.push(failed(error));
    }
  }
  return outcomes;
});

/** The answers to all `verify` calls of a batch, found together. */
function verifyAll(calls: readonly ChainCall[]): ReadonlyMap<VerifyCall, boolean> {
  const asked = calls.filter((call) => call.task === "verify");
  const results = verifySignatures(asked.map(pairs));
  return new Map(asked.map((call, index) => [call, results[index] === true]));
}

/** Payloads with their signatures; none where one of them is missing, which verifies as false. */
function pairs({ payloads, signatures }: VerifyCall): readonly SignedPayload[] {
  const signed = payloads.flatMap((payload, index) => {
    const signature = signatures[index];
    return signature === undefined ? [] : [{ payload, signature }];
  });
  return signed.length === payloads.length ? signed : [];
}

async function accountsOf(chain: Chain): Promise<AccountScheme> {
  const { accounts } = await adapters.of(chain);
  if (accounts === undefined) throw new Error(`chain ${chain} has no accounts`);
  return accounts;
}

async function descriptorsOf(chain: Chain): Promise<DescriptorScheme> {
  const { descriptors } = await adapters.of(chain);
  if (descriptors === undefined) throw new Error(`chain ${chain} has no descriptors`);
  return descriptors;
}

function identify(adapter: ChainAdapter, publicKey: Uint8Array, attributes: KeyAttributes): AccountIdentity {
  return (
    adapter.identify?.(publicKey, attributes) ?? {
      address: adapter.addressOf(publicKey, attributes),
      attributes,
    }
  );
}

async function answer(call: Exclude<ChainCall, VerifyCall>): Promise<ChainReply> {
  switch (call.task) {
    case "plan":
      return (await adapters.of(call.chain)).planKey(call.options);
    case "planImport":
      return (await adapters.of(call.chain)).planImport(call.options);
    case "identify":
      return identify(await adapters.of(call.chain), call.publicKey, call.attributes);
    case "describeAccount":
      return (await accountsOf(call.plan.chain)).describe(call.plan, call.key);
    case "accountAddresses":
      return (await accountsOf(call.plan.chain)).addresses(call.plan, call.key, call.range);
    case "readDescriptor":
      return (await descriptorsOf(call.chain)).read(call.text, call.network);
    case "describeDescriptor":
      return (await descriptorsOf(call.chain)).describe(call.text, call.network);
    case "descriptorAddresses":
      return (await descriptorsOf(call.chain)).addresses(call.text, call.network, call.range);
    case "decode": {
      const adapter = await adapters.of(call.key.chain);
      assertSigns(adapter, call.request.type);
      return adapter.decode(call.request, call.key);
    }
    case "survey":
      return (await walletAdapter(call.chain)).survey(call.request);
    case "decodeForWallet":
      return (await walletAdapter(call.chain)).decode(call.request, call.view);
    case "assemble":
      return (await adapters.of(call.chain)).assemble(call.decoded, call.signatures);
  }
}

async function walletAdapter(chain: Chain): Promise<WalletAdapter> {
  const { wallet } = await adapters.of(chain);
  if (wallet === undefined) throw new Error(`no transaction of ${chain} is signed by several keys`);
  return wallet;
}
