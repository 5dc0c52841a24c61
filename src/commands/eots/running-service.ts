/**
 * `claviger eots` beside a running service: what holds the data directory is asked over REST, with the token of a principal
 * that may. Whose token it is decides which keys are reached.
 * @module
 */
import { loadConfig } from "../../config/config.ts";
import type { Config } from "../../config/schema.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { toHex } from "../../domain/bytes.ts";
import type { EotsPlace } from "../../domain/eots.ts";
import { isInUse } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError } from "../output.ts";
import { askService, hasToken, textFromService } from "../service-client.ts";
import type { PublicKey } from "../../domain/kinds.ts";

export interface ServiceOptions extends CommandOptions {
  /** Bearer token for a running service; of development where there is one. */
  readonly tokenFile?: string;
}

/** One key for people and programs: chain ids as text, heights as decimal strings. */
export interface ShownKey {
  readonly publicKey: string;
  readonly enabled: boolean;
  readonly requiresFloor: boolean;
  readonly chains: readonly ShownChain[];
}
export interface ShownChain {
  readonly chainId: string;
  /** Null where they were not counted. */
  readonly records: number | null;
  readonly lowest: string | null;
  readonly highest: string | null;
  readonly floor: string | null;
}

/**
 * The service that runs on the configured data directory; undefined when none does.
 * @throws CommandError `ledger.in_use` when there is no token to ask it with
 */
export function runningService(options: ServiceOptions): RunningService | undefined {
  const config = loadConfig({ file: options.config, preset: "production" });
  const { dataDir } = config.storage;
  if (!isInUse(dataDir)) return undefined;
  if (hasToken(config, options)) return new RunningService(config, options);
  throw new CommandError(
    "ledger.in_use",
    `data directory ${dataDir} is in use by another claviger process; stop it first, or give --token-file with the token of ` +
      "a KeyAdmin of the service that runs there",
  );
}

class RunningService {
  readonly #config: Config;
  readonly #options: ServiceOptions;

  constructor(config: Config, options: ServiceOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Every key in reach, or the one that is named. */
  async keys(publicKey: PublicKey | null): Promise<readonly ShownKey[]> {
    const found: ShownKey[] = [];
    for (let cursor = ""; ;) {
      const page = await this.#ask("GET", `/v1/eots/keys?limit=500${cursor}`);
      found.push(...keysIn(page["items"]));
      const { next } = page;
      if (typeof next !== "string") break;
      cursor = `&cursor=${next}`;
    }
    return publicKey === null ? found : found.filter((key) => key.publicKey === publicKeyText(publicKey));
  }

  async raiseFloor({ publicKey, chainId, height }: EotsPlace): Promise<void> {
    await this.#ask("POST", "/v1/eots/floors", {
      publicKey: publicKeyText(publicKey),
      chainId: { hex: toHex(chainId) },
      height: String(height),
    });
  }

  /** The keys that were changed. */
  async requireFloor(publicKeys: readonly PublicKey[]): Promise<number> {
    const body = { publicKeys: [...new Set(publicKeys.map(publicKeyText))] };
    const { changed } = await this.#ask("POST", "/v1/eots/require-floor", body);
    return typeof changed === "number" ? changed : 0;
  }

  /** The history as it arrives. */
  history(publicKey: PublicKey | null, disableKeys: boolean): AsyncIterable<string> {
    const names = publicKey === null ? [] : [publicKeyText(publicKey)];
    if (disableKeys) {
      const body = { disableKeys, ...(names.length === 0 ? {} : { publicKeys: names }) };
      return textFromService(this.#config, this.#options, "POST", "/v1/eots/export", body);
    }
    const query = names.length === 0 ? "" : `?publicKeys=${names.join()}`;
    return textFromService(this.#config, this.#options, "GET", `/v1/eots/export${query}`);
  }

  /** The backup file. @param key its id, or 64 hex digits */
  async backup(key: string): Promise<object> {
    const id = /^(?:0x)?[0-9a-fA-F]{64}$/.test(key) ? await this.#idOf(key) : key;
    return this.#ask("POST", `/v1/keys/${encodeURIComponent(id)}/eots/backup`);
  }

  async #idOf(key: string): Promise<string> {
    const wanted = key.toLowerCase().replace(/^0x/, "");
    const found: string[] = [];
    for (let cursor = ""; ;) {
      const { items, next } = await this.#ask("GET", `/v1/keys?limit=500${cursor}`);
      for (const item of Array.isArray(items) ? items : []) {
        const { id, chain, address }: Record<string, unknown> = { ...item };
        if (chain === "babylon" && address === wanted && typeof id === "string") found.push(id);
      }
      if (typeof next !== "string") break;
      cursor = `&cursor=${next}`;
    }
    const [first] = found;
    if (first !== undefined && found.length === 1) return first;
    const what = first === undefined ? "no" : "more than one";
    throw new CommandError("key.not_found", `${what} key ${key} of chain babylon; name it by its id`);
  }

  #ask(method: "GET" | "POST", path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
    return askService(this.#config, this.#options, method, path, body);
  }
}

function keysIn(items: unknown): ShownKey[] {
  return (Array.isArray(items) ? items : []).map((item) => {
    const { publicKey, enabled, requiresFloor, chains }: Record<string, unknown> = { ...item };
    return {
      publicKey: String(publicKey),
      enabled: enabled === true,
      requiresFloor: requiresFloor === true,
      chains: (Array.isArray(chains) ? chains : []).map(chainIn),
    };
  });
}

function chainIn(chain: unknown): ShownChain {
  const { chainId, lowest, highest, floor }: Record<string, unknown> = { ...Object(chain) };
  return {
    chainId: String(chainId),
    records: null,
    lowest: text(lowest),
    highest: text(highest),
    floor: text(floor),
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
