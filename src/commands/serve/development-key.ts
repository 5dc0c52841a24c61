/**
 * What `serve --dev` puts into a new data directory: one wallet, one policy bound to it, and last its Ethereum key. A start
 * may end between any two; the next one makes what is missing, and a key means that nothing is.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { may, type Principal } from "../../access/principals.ts";
import type { SignRequest } from "../../chains/adapter.ts";
import { SignerError } from "../../domain/errors.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { Core } from "../../core.ts";
import { newIdentifier } from "../../directory/identifiers.ts";
import type { WalletId } from "../../domain/kinds.ts";

const POLICY = join(import.meta.dirname, "../../../policies/transfer-limits/transfer-limits.wasm");
const LABEL = "development";
const ETHER = 10n ** 18n;

/** Lists whole: a development directory is small. */
const EVERYTHING = { cursor: undefined, limit: Number.POSITIVE_INFINITY };

/** The development key of the root namespace, if the directory has one. */
export function developmentKey(core: Core, principal: Principal): KeyRecord | undefined {
  return core.keys
    .list(principal, EVERYTHING)
    .items.find((key) => key.label === LABEL && key.chain === "ethereum" && key.state !== "deleted");
}

/** Makes what an earlier start did not come to; what its user changed since then stays as it is. */
export async function ensureDevelopmentKey(core: Core, token: string): Promise<void> {
  const principal = core.principals.authenticate(token);
  if (principal !== undefined && core.keys.count === 0) await makeDevelopmentKey(core, principal);
}

/** Makes the key, ready to sign transfers of at most 1 ETH. Its wallet is its own: the policy decides nothing else. */
async function makeDevelopmentKey(core: Core, principal: Principal): Promise<void> {
  const caller = { principal, repeatable: null };
  const wallets = core.wallets.list(principal, EVERYTHING).items;
  const wallet =
    wallets.find(({ name }) => name === LABEL) ?? (await core.wallets.create(caller, { name: LABEL }));
  if (!isBound(core, principal, wallet.id)) await bindPolicy(core, principal, wallet.id);
  await core.keys.create(caller, wallet.id, { chain: "ethereum", label: LABEL });
}

/** Who may not read bindings may make none either: what an earlier start bound is all there can be. */
function isBound(core: Core, principal: Principal, walletId: WalletId): boolean {
  if (!may(principal, "binding.read")) return true;
  const bindings = core.bindings.list(principal, EVERYTHING).items;
  return bindings.some(({ scope }) => scope.kind === "wallet" && scope.id === walletId);
}

async function bindPolicy(core: Core, principal: Principal, walletId: WalletId): Promise<void> {
  const caller = { principal, repeatable: null };
  const module = new Uint8Array(readFileSync(POLICY));
  const policy = await patiently(() => core.policies.create(caller, "transfer-limits", module));
  await core.bindings.create(caller, {
    policy: policy.digest,
    scope: { walletId },
    settings: {
      rules: [{ chain: "ethereum", asset: "native", maxPerTransaction: ETHER.toString() }],
      maxFee: [{ chain: "ethereum", max: (ETHER / 10n).toString() }],
      allowMessages: true,
    },
  });
}

/** On a machine that is busy with something else a first compilation can be late more than once. */
const ATTEMPTS = 10;

async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !(error instanceof SignerError) || error.code !== "service.overloaded") throw error;
    }
  }
}

/** Why the transfer of `curlLine` would not be signed now, by a dry run; null when it would. */
export async function obstacleTo(core: Core, principal: Principal, key: KeyRecord): Promise<string | null> {
  const call = { requestId: newIdentifier("req"), principal, asked: { keyId: key.id }, request: TRANSFER };
  try {
    const { foreseen } = await patiently(() => core.evaluate({ ...call, idempotencyKey: null }));
    const { problem } = foreseen;
    return problem === null ? null : `${problem.code}: ${problem.detail}`;
  } catch (error) {
    if (error instanceof SignerError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const TRANSFER: SignRequest = {
  type: "ethereum.transaction",
  transaction: {
    chainId: 11155111,
    nonce: 0,
    to: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
    value: "1000000000000000",
    gas: 21000,
    maxFeePerGas: "2000000000",
    maxPriorityFeePerGas: "1000000000",
  },
};

/** A transfer that the development key may sign, as a curl line that works when pasted. */
export function curlLine(url: string, token: string, key: KeyRecord): string {
  return [
    `curl -s ${url}/v1/keys/${key.id}/sign \\`,
    `  -H "authorization: Bearer ${token}" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify(TRANSFER)}'`,
  ].join("\n");
}
