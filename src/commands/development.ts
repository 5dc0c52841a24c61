/** What `serve --dev` puts into a new data directory: one wallet, one Ethereum key, one policy bound to that key. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Principal } from "../access/principals.ts";
import { createKey } from "../signing/administration/keys.ts";
import type { AdministrationParts, Caller } from "../signing/administration/parts.ts";
import { createBinding, createPolicy } from "../signing/administration/policies.ts";
import { createWallet } from "../signing/administration/wallets.ts";
import type { KeyRecord } from "../domain/keys.ts";

const POLICY = join(import.meta.dirname, "../../policies/transfer-limits/transfer-limits.wasm");
const LABEL = "development";
const ETHER = 10n ** 18n;

/** The development key of the root namespace, if the directory has one. */
export function developmentKey(parts: AdministrationParts, principal: Principal): KeyRecord | undefined {
  return parts.directory
    .keys(principal.namespace)
    .find((key) => key.label === LABEL && key.chain === "ethereum");
}

/** Makes the key, ready to sign transfers of at most 1 ETH. It is bound by itself, so that it decides nothing else. */
export async function makeDevelopmentKey(
  parts: AdministrationParts,
  principal: Principal,
): Promise<KeyRecord> {
  const caller: Caller = { principal, remember: () => null };
  const wallet = await createWallet(parts, caller, { name: LABEL });
  const { key } = await createKey(parts, caller, wallet.id, { chain: "ethereum", label: LABEL });
  const policy = await createPolicy(parts, caller, "transfer-limits", new Uint8Array(readFileSync(POLICY)));
  await createBinding(parts, caller, {
    policy: policy.digest,
    scope: { keyId: key.id },
    settings: {
      rules: [{ chain: "ethereum", asset: "native", maxPerTransaction: ETHER.toString() }],
      maxFee: [{ chain: "ethereum", max: (ETHER / 10n).toString() }],
      allowMessages: true,
    },
  });
  return key;
}

/** A transfer that the development key may sign, as a curl line that works when pasted. */
export function curlLine(url: string, token: string, key: KeyRecord): string {
  const body = {
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
  return [
    `curl -s ${url}/v1/keys/${key.id}/sign \\`,
    `  -H "authorization: Bearer ${token}" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
