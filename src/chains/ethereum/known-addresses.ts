/**
 * Addresses that one contract has on every chain where it is, because of how it was deployed, each with its source.
 * All of them lowercase.
 * @module
 */

export interface MultiSend {
  /** Reverts on a delegatecall inside, and may be called as well as delegatecalled. */
  readonly callOnly: boolean;
  /** From 1.5.0 on the zero address as a target is the account that batches. */
  readonly zeroIsCaller: boolean;
}

const MULTISEND: MultiSend = { callOnly: false, zeroIsCaller: false };
const CALL_ONLY: MultiSend = { callOnly: true, zeroIsCaller: false };

/**
 * MultiSend and MultiSendCallOnly (safe-global/safe-deployments, src/assets/VERSION/multi_send.json, multi_send_call_only.json:
 * canonical, eip155 and zksync).
 */
export const MULTISENDS: ReadonlyMap<string, MultiSend> = new Map([
  // 1.1.1
  ["0x8d29be29923b68abfdd21e541b9374737b49cdad", MULTISEND],
  // 1.3.0
  ["0xa238cbeb142c10ef7ad8442c6d1f9e89e07e7761", MULTISEND],
  ["0x998739bfdaadde7c933b942a68053933098f9eda", MULTISEND],
  ["0x0dfcccb95225ffb03c6fbb2559b530c2b7c8a912", MULTISEND],
  ["0x40a2accbd92bca938b02010e17a5b8929b49130d", CALL_ONLY],
  ["0xa1dabef33b3b82c7814b6d82a79e50f4ac44102b", CALL_ONLY],
  ["0xf220d3b4dfb23c4ade8c88e526c1353abacbc38f", CALL_ONLY],
  // 1.4.1
  ["0x38869bf66a61cf6bdb996a6ae40d5853fd43b526", MULTISEND],
  ["0x309d0b190fecca8e1d5d8309a16f7e3cb133e885", MULTISEND],
  ["0x9641d764fc13c8b624c04430c7356c1c7c8102e2", CALL_ONLY],
  ["0x0408ef011960d02349d50286d20531229bcef773", CALL_ONLY],
  // 1.5.0
  ["0x218543288004cd07832472d464648173c77d7eb7", { callOnly: false, zeroIsCaller: true }],
  ["0xa83c336b20401af773b6219ba5027174338d1836", { callOnly: true, zeroIsCaller: true }],
]);

/** Proxy factories of Safe (safe-global/safe-deployments, src/assets/VERSION/proxy_factory.json, safe_proxy_factory.json). */
export const SAFE_FACTORIES: readonly string[] = [
  // 1.0.0, 1.1.1
  "0x12302fe9c02ff50939baaaaf415fc226c078613c",
  "0x76e2cfc1f5fa8f6a5b3fc4c8f4788f0116861f9b",
  // 1.3.0
  "0xa6b71e26c5e0845f74c812102ca7114b6a896ab2",
  "0xc22834581ebc8527d974f8a1c97e1bea4ef910bc",
  "0xdaec33641865e4651fb43181c6db6f7232ee91c2",
  // 1.4.1
  "0x4e1dcf7ad4e460cfd30791ccc4f9c8a4f820ec67",
  "0xc329d02fd8cb2fc13aa919005af46320794a8629",
  // 1.5.0
  "0x14f2982d601c9458f93bd70b218933a6f8165e7b",
];

/** Versions of EntryPoint whose operations are known. */
export type EntryPointVersion = "0.6" | "0.7" | "0.8" | "0.9";

/** EntryPoint of ERC-4337 (eth-infinitism/account-abstraction, release notes of each version; 0.9: pull request 609). */
export const ENTRY_POINTS: Readonly<Record<EntryPointVersion, string>> = {
  "0.6": "0x5ff137d4b0fdcd49dca30c7cf57e578a026d2789",
  "0.7": "0x0000000071727de22e5e9d8baf0edac6f37da032",
  "0.8": "0x4337084d9e255ff0702461cf8895ce9e3b5ff108",
  "0.9": "0x433709009b8330fda32311df1c2afa402ed8d009",
};

/** Uniswap/permit2, README; the second on zkSync Era and Abstract. */
export const PERMIT2_ADDRESSES: readonly string[] = [
  "0x000000000022d473030f116ddee9f6b43ac78ba3",
  "0x0000000000225e31d15943971f47ad3022f714fa",
];

/** mds1/multicall, README. */
export const MULTICALL3_ADDRESS = "0xca11bde05977b3631167028862be2a173976ca11";

/** Contracts that wrap a chain's own coin, by chain id: here the chain matters, the same address may be anything elsewhere. */
export const WRAPPED_NATIVES: ReadonlyMap<string, string> = new Map([
  // Ethereum: the WETH9 of 2017. Uniswap/sdk-core, src/entities/weth9.ts, names this and the following ones.
  ["1", "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"],
  ["11155111", "0xfff9976782d46cc05630d1f6ebab18b2324d6b14"],
  // Predeploy of every OP-stack chain: ethereum-optimism/specs, specs/protocol/predeploys.md
  ["10", "0x4200000000000000000000000000000000000006"],
  ["130", "0x4200000000000000000000000000000000000006"],
  ["8453", "0x4200000000000000000000000000000000000006"],
  ["84532", "0x4200000000000000000000000000000000000006"],
  ["11155420", "0x4200000000000000000000000000000000000006"],
  ["42161", "0x82af49447d8a07e3bd95bd0d56f35241523fbab1"],
  ["56", "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"],
  ["100", "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"],
  ["137", "0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"],
  ["43114", "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"],
]);
