/** The vault as the rest of the service sees it: calls that carry public data and ciphertext, answered by its thread. */
import type { Signature } from "../chains/adapter.ts";
import type { SealedSeal, SealedWallet } from "../ledger/sealed-rows.ts";
import { ThreadClient } from "../threads/client.ts";
import type {
  CreateWallet,
  DeriveKey,
  ImportKey,
  Initialise,
  NewKey,
  SignCall,
  VaultCall,
  VaultReply,
  VaultResults,
  VaultStatus,
} from "./protocol.ts";

export interface VaultOptions {
  /** The ledger's file; it exists and has its tables before the first call other than `status`. */
  readonly databasePath: string;
  /** Calls that may wait; one more is `service.overloaded`. */
  readonly queueMax?: number;
  /** Called once when the thread dies by itself; the default ends the process. */
  readonly onDeath?: (error: Error) => void;
}

const QUEUE_MAX = 4096;
const BATCH_MAX = 256;

export class Vault {
  readonly #thread: ThreadClient<VaultCall, VaultReply>;
  #state: VaultStatus["state"] = "sealed";

  private constructor(options: VaultOptions) {
    this.#thread = new ThreadClient({
      url: new URL("./thread.ts", import.meta.url),
      name: "vault",
      workerData: { databasePath: options.databasePath },
      queueMax: options.queueMax ?? QUEUE_MAX,
      batchMax: BATCH_MAX,
      ...(options.onDeath ? { onDeath: options.onDeath } : {}),
    });
  }

  /** Starts the thread; sealed. */
  static start(options: VaultOptions): Vault {
    return new Vault(options);
  }

  /** Resolves once the self-test has passed; rejects with its failure. */
  ready(): Promise<void> {
    return this.#thread.ready();
  }

  state(): VaultStatus["state"] {
    return this.#state;
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    return this.#thread.depth;
  }

  status(): Promise<VaultStatus> {
    return this.#call("status", { do: "status" });
  }

  /**
   * Makes root key and first key-encryption key, sealed under `passphrase`. The vault stays sealed: store the rows in
   * one transaction, then unseal. The caller wipes its passphrase when the promise settles, here and in `unseal`.
   * @throws SignerError `request.malformed`; `request.conflict` when the directory has a seal
   */
  initialise(input: Initialise): Promise<SealedSeal> {
    return this.#call("initialise", { do: "initialise", input });
  }

  /** @throws SignerError `service.unseal_failed` for a wrong passphrase, a changed header or a changed root key */
  async unseal(passphrase: Uint8Array): Promise<void> {
    await this.#call("unseal", { do: "unseal", passphrase });
    this.#state = "unsealed";
  }

  /** As `unseal`, with the bytes of a file that only the thread reads; one trailing newline is not part of them. */
  async unsealFromFile(path: string): Promise<void> {
    await this.#call("unsealFromFile", { do: "unsealFromFile", path });
    this.#state = "unsealed";
  }

  /** Wipes every key that the thread holds; later calls that need one are `service.sealed`. */
  async seal(): Promise<void> {
    this.#state = "sealed";
    await this.#call("seal", { do: "seal" });
    // An unseal that was under way has answered in between.
    this.#state = "sealed";
  }

  /**
   * A new wallet from fresh entropy (`words`) or from a BIP-39 mnemonic. Nothing is stored until the caller inserts
   * the rows.
   * @throws SignerError `request.malformed` with the broken BIP-39 rule; `service.sealed`
   */
  createWallet(input: CreateWallet): Promise<SealedWallet> {
    return this.#call("createWallet", { do: "createWallet", input });
  }

  /**
   * Derives a key of a stored wallet; signs and verifies once with it before it answers.
   * @throws SignerError `wallet.not_found` (also when it is another namespace's), `request.malformed`, `service.sealed`
   */
  deriveKey(input: DeriveKey): Promise<NewKey> {
    return this.#call("deriveKey", { do: "deriveKey", input });
  }

  /**
   * Seals a raw private key; signs and verifies once with it before it answers.
   * @throws SignerError `request.malformed` for a key out of its curve's range; `service.sealed`
   */
  importKey(input: ImportKey): Promise<NewKey> {
    return this.#call("importKey", { do: "importKey", input });
  }

  /**
   * Signatures for `payloads`, one to one. They are not verified here: the caller does that, on its own thread.
   * @throws SignerError `key.not_found`; `service.sealed`; `service.internal` when a payload is not for this key
   */
  sign(input: SignCall): Promise<readonly Signature[]> {
    return this.#call("sign", { do: "sign", input });
  }

  /** Seals, then ends the thread. */
  async close(): Promise<void> {
    this.#state = "sealed";
    await this.#thread.call({ do: "seal" }).catch(() => undefined);
    await this.#thread.close();
  }

  async #call<Did extends keyof VaultResults>(
    did: Did,
    call: VaultCall & { do: Did },
  ): Promise<VaultResults[Did]> {
    const reply = await this.#thread.call(call);
    if (!isReplyTo(did, reply)) throw new TypeError(`vault answered ${reply.did} to ${did}`);
    return reply.result;
  }
}

function isReplyTo<Did extends keyof VaultResults>(
  did: Did,
  reply: VaultReply,
): reply is VaultReply & { readonly did: Did; readonly result: VaultResults[Did] } {
  return reply.did === did;
}
