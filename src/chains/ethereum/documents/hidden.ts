/**
 * Documents that are known and stay opaque, with the reason why: keys that are derived from the signature, logins that give
 * out power, and hashes of what nobody shows. Any domain will do: they are opaque under all of them.
 */
import { FULL, hidden, type Domain, type KnownDocument } from "./document.ts";

const NO_CONTRACT: Domain = { members: "name,version,chainId" };
const KEY = hidden("whoever has the signature has a key: it is made from it");
const API_KEY = hidden("the signature gives out keys of a trading account");
const HASH = hidden("a contract account takes it for the approval of a hash whose content is not shown");

const row = (
  name: string,
  type: string,
  domains: readonly Domain[],
  source: string,
  effect: ReturnType<typeof hidden>,
): KnownDocument => ({ name, type, domains, source, effect });

export const HIDDEN_DOCUMENTS: readonly KnownDocument[] = [
  row(
    "Hyperliquid Agent",
    "Agent(string source,bytes32 connectionId)",
    [FULL],
    "hyperliquid-dex/hyperliquid-python-sdk hyperliquid/utils/signing.py",
    hidden("an action of a Hyperliquid account, of which only a hash is shown"),
  ),
  row(
    "Polymarket ClobAuth",
    "ClobAuth(address address,string timestamp,uint256 nonce,string message)",
    [NO_CONTRACT],
    "Polymarket/clob-client src/signing/eip712.ts",
    API_KEY,
  ),
  row(
    "dYdX onboarding",
    "dYdX(string action,string onlySignOn)",
    [NO_CONTRACT],
    "dydxprotocol/v3-client src/eth-signing/onboarding-action.ts",
    KEY,
  ),
  row(
    "dYdX onboarding (short)",
    "dYdX(string action)",
    [NO_CONTRACT, { members: "name" }, { members: "name,chainId" }],
    "dydxprotocol/v3-client src/eth-signing/onboarding-action.ts",
    KEY,
  ),
  row(
    "dYdX API request",
    "dYdX(string method,string requestPath,string body,string timestamp)",
    [NO_CONTRACT],
    "dydxprotocol/v3-client src/eth-signing/eth-private-action.ts",
    API_KEY,
  ),
  row(
    "Paradex STARK key",
    "Constant(string action)",
    [NO_CONTRACT],
    "tradeparadex/paradex-py paradex_py/message/stark_key.py",
    KEY,
  ),
  row("Kernel hash", "Kernel(bytes32 hash)", [FULL], "zerodevapp/kernel v3.1 src/types/Constants.sol", HASH),
  row(
    "Coinbase Smart Wallet message",
    "CoinbaseSmartWalletMessage(bytes32 hash)",
    [FULL],
    "coinbase/smart-wallet src/ERC1271.sol",
    HASH,
  ),
  row(
    "Light Account message",
    "LightAccountMessage(bytes message)",
    [FULL],
    "alchemyplatform/light-account v1.1.0 src/LightAccount.sol",
    HASH,
  ),
  row(
    "Blur Root",
    "Root(bytes32 root)",
    [FULL],
    "Blur Exchange 1.0 EIP712.sol",
    hidden("a list of orders, of which only a hash is shown"),
  ),
];
