/** Validator keys in number: made in a wallet, as the API does it. */
import { RunningService, TOKEN } from "../../test/running/service.ts";
import { LoadProcess, postBytes } from "../load.ts";

const CONNECTIONS = 16;

/** Keys per second, EIP-2333, each tried once before it is stored. */
export async function createValidators(service: RunningService, count: number): Promise<number> {
  const wallet = await service.call("POST", "/v1/wallets", { name: "validators" });
  if (wallet.status !== 201) throw new Error(wallet.text);
  const path = `/v1/wallets/${String(wallet.body.id)}/keys`;
  const requests = Array.from({ length: count }, (_, index) =>
    postBytes(path, { chain: "ethereum-validator", index }, TOKEN),
  );
  const load = new LoadProcess();
  try {
    const report = await load.run({
      port: Number(new URL(service.url).port),
      requests,
      connections: Math.min(CONNECTIONS, count),
      status: 201,
      warmUpMs: 0,
      durationMs: 0,
      count,
    });
    return report.perSecond;
  } finally {
    load.close();
  }
}
