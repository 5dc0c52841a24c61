/** Wallets: a sealed seed and its name. The mnemonic goes in, or is made inside the vault, and never comes out. */
import { assertMay, type Principal } from "../access/principals.ts";
import { SignerError } from "../domain/errors.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import type { Wallet } from "../domain/wallets.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";
import type { WalletId } from "../domain/kinds.ts";

export interface WalletRequest {
  readonly name: string;
  readonly words?: 12 | 24;
  /** BIP-39 words of an existing wallet, in any of its ten languages. */
  readonly mnemonic?: string;
  /** BIP-39 passphrase ("25th word"); only with `mnemonic`. */
  readonly passphrase?: string;
}

export class Wallets {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** @throws SignerError `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<Wallet> {
    assertMay(principal, "wallet.read");
    return pageOf(this.#parts.directory.wallets(principal.namespace), page);
  }

  /** @throws SignerError `auth.forbidden`, `wallet.not_found` */
  get(principal: Principal, id: WalletId): Wallet {
    assertMay(principal, "wallet.read");
    return this.#parts.directory.wallet(principal.namespace, id);
  }

  /** @throws SignerError `auth.forbidden`, `request.malformed` (mnemonic), `service.sealed` */
  async create(caller: Caller<Wallet>, request: WalletRequest): Promise<Wallet> {
    await begin(this.#parts, caller, "wallet.create");
    const { namespace } = caller.principal;
    const id = newIdentifier("wal");
    const sealed = await this.#parts.vault.createWallet({ walletId: id, namespace, ...seedOf(request) });
    const wallet = { id, namespace, name: request.name, createdAt: new Date().toISOString() };
    const answer = kept(caller, wallet);
    await this.#parts.ledger.createWallet({ actor: actorOf(caller.principal), wallet, sealed, answer });
    return wallet;
  }
}

function seedOf(
  request: WalletRequest,
): { readonly words: 12 | 24 } | { readonly mnemonic: string; readonly passphrase?: string } {
  const { mnemonic, passphrase, words } = request;
  if (mnemonic === undefined) {
    if (passphrase === undefined) return { words: words ?? 24 };
    throw new SignerError(
      "request.malformed",
      "/passphrase: goes with an imported mnemonic only; leave it out",
      {
        field: "/passphrase",
      },
    );
  }
  if (words !== undefined) {
    throw new SignerError("request.malformed", "/words: goes with a generated mnemonic only; leave it out", {
      field: "/words",
    });
  }
  return passphrase === undefined ? { mnemonic } : { mnemonic, passphrase };
}
