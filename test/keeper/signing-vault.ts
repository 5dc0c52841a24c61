/** A vault whose threads a test connects itself, in the stead of the record thread before them and the verifier behind them. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { PayloadsToSign, Signature } from "../../src/chains/adapter.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { rankOf } from "../../src/domain/urgency.ts";
import type { SigningWays } from "../../src/keeper/contract.ts";
import { keysFor, type Holder } from "../../src/keeper/keys-for.ts";
import type { CommittedBatch, SignedBatch, ToSign } from "../../src/keeper/messages.ts";
import type { CallQueue } from "../../src/threads/call-queue.ts";
import { Load } from "../../src/threads/ports.ts";
import { remote } from "../../src/threads/remote.ts";
import type { Statement } from "../../src/vault/statements.ts";
import { openVault, type Vault, type VaultOptions } from "../../src/vault/vault.ts";

/** Signs as if it had been recorded. @param holder whom to ask. @throws SignerError as the thread with the key refuses */
export type SignAnything = (
  call: PayloadsToSign,
  rank?: number,
  holder?: Holder,
) => Promise<readonly Signature[]>;

const KEEPER = new URL("../../src/keeper/", import.meta.url);

/** As `SignAnything`, of a statement of the service's own. */
export type StateAnything = (statement: Statement, holder: Holder) => Promise<readonly Signature[]>;

export function startSigningVault(
  options: Omit<VaultOptions, "signing">,
): Vault & { sign: SignAnything; signStatement: StateAnything } {
  const ports: Record<Holder, MessagePort[]> = { vault: [], bls: [] };
  const waiting = new Map<number, PromiseWithResolvers<readonly Signature[]>>();
  const join = async (thread: CallQueue, keys: Holder): Promise<void> => {
    const { port1: committed, port2 } = new MessageChannel();
    const { port1: signed, port2: back } = new MessageChannel();
    signed.on("message", (batch: SignedBatch) => settle(waiting, batch));
    signed.unref();
    const load = new Load().shared;
    await remote<{ connectSteps(ways: SigningWays): void }>(thread, {
      moves: { connectSteps: (ways) => [ways.committed.port, ways.signed.port] },
    }).connectSteps({ committed: { port: port2, load }, signed: { port: back, load: new Load().shared } });
    ports[keys].push(committed);
  };
  const { vault, thread } = openVault({
    ...options,
    signing: {
      vaultEntry: new URL("vault-thread.ts", KEEPER),
      blsEntry: new URL("bls-thread.ts", KEEPER),
      joinBls: (bls) => join(bls, "bls"),
    },
  });
  const joined = thread.ready().then(() => join(thread, "vault"));
  joined.catch(() => undefined);
  let calls = 0;
  const post = async (messageOf: (id: number) => ToSign, holder: Holder): Promise<readonly Signature[]> => {
    await joined;
    if (holder === "bls") await vault.readyToSignDuties();
    const id = (calls += 1);
    const made = Promise.withResolvers<readonly Signature[]>();
    waiting.set(id, made);
    // In turn, so that every thread is asked.
    const port = ports[holder][id % ports[holder].length];
    port?.postMessage({ committed: [messageOf(id)] } satisfies CommittedBatch);
    return made.promise;
  };
  const times = { sentAt: 0, recordedAt: 0 };
  const sign: SignAnything = async (toSign, rank = rankOf(), holder = keysFor(toSign)) =>
    post((id) => ({ id, rank, requestId: `req_${id}`, repeated: false, toSign, ...times }), holder);
  const signStatement: StateAnything = (statement, holder) =>
    post((id) => ({ id, rank: rankOf(), statement }), holder);
  return Object.assign(vault, { sign, signStatement });
}

function settle(
  waiting: Map<number, PromiseWithResolvers<readonly Signature[]>>,
  { signed }: SignedBatch,
): void {
  for (const message of signed) {
    const made = waiting.get(message.id);
    waiting.delete(message.id);
    if (!("refusal" in message)) made?.resolve(message.signatures);
    else if (!message.refusal.ok) {
      const { code, message: text, members } = message.refusal;
      made?.reject(new SignerError(code, text, members));
    }
  }
}
