/** Functions by which smart accounts and Safes act: each call that they make has the account as its sender. */
import type { CallSite } from "../effects.ts";
import { hex, hexes, records, text } from "../values.ts";
import { operationCalls, safeCalls } from "../wrappers.ts";
import { listedCalls, oneCall } from "./batches.ts";
import { executions } from "./executions.ts";
import type { Effect, Row } from "./row.ts";

const TRANSPARENT = { transparent: true } as const;

const batch: Effect = (_effects, site, args) =>
  records(args, "calls").map((call): CallSite => ({
    from: site.to,
    to: text(call, "target"),
    value: BigInt(text(call, "value")),
    data: hex(call, "data"),
    field: site.field,
  }));

/** The account calls itself, and is its own sender. */
const selfCalls: Effect = (_effects, site, args) =>
  hexes(args, "calls").map((data) => ({ ...site, from: site.to, value: 0n, data }));

/** Call or delegatecall, as Safe and its modules say it. */
const operation: Effect = (effects, site, args) => operationCalls(effects, site.to, args, site.field);

const execution: Effect = (effects, site, args) => executions(effects, site.to, args, site.field);

const safeTransaction: Effect = (effects, site, args) => safeCalls(effects, site.to, args, site.field);

const ONE = "address target,uint256 value,bytes data";
const OPERATION = "address to,uint256 value,bytes data,uint8 operation";

/** What an entry point may call an account with: calls of the account, by whichever standard it follows. */
export const ACCOUNT_EXECUTIONS: readonly Row[] = [
  // eth-infinitism/account-abstraction: SimpleAccount (0.6 without values, 0.7 with), BaseAccount (0.8); Coinbase; Light Account
  ["0xb61d27f6", "execute", ONE, oneCall, TRANSPARENT],
  ["0x18dfb3c7", "executeBatch", "address[] targets,bytes[] datas", listedCalls, TRANSPARENT],
  [
    "0x47e1da2a",
    "executeBatch",
    "address[] targets,uint256[] values,bytes[] datas",
    listedCalls,
    TRANSPARENT,
  ],
  ["0x34fcd5be", "executeBatch", `(${ONE})[] calls`, batch, TRANSPARENT],
  // Coinbase, smart-wallet: src/CoinbaseSmartWallet.sol
  ["0x2c2abd1e", "executeWithoutChainIdValidation", "bytes[] calls", selfCalls, TRANSPARENT],
  // Biconomy, scw-contracts: SmartAccount 2.0
  ["0x0000189a", "execute_ncC", ONE, oneCall, TRANSPARENT],
  [
    "0x00004680",
    "executeBatch_y6U",
    "address[] targets,uint256[] values,bytes[] datas",
    listedCalls,
    TRANSPARENT,
  ],
  // ERC-7579 and ERC-7821
  ["0xe9ae5c53", "execute", "bytes32 mode,bytes executionData", execution],
  ["0xd691c964", "executeFromExecutor", "bytes32 mode,bytes executionData", execution],
  // ZeroDev, kernel 2: src/Kernel.sol
  ["0x51945447", "execute", OPERATION, operation],
  // Safe, safe-modules: 4337/contracts/Safe4337Module.sol
  ["0x7bb37428", "executeUserOp", OPERATION, operation],
  ["0x541d63c8", "executeUserOpWithErrorString", OPERATION, operation],
];

/** Transactions of a Safe (safe-global/safe-smart-account: contracts/Safe.sol, base/ModuleManager.sol). */
export const SAFE_TRANSACTIONS: readonly Row[] = [
  [
    "0x6a761202",
    "execTransaction",
    `${OPERATION},uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,` +
      "address gasToken,address refundReceiver,bytes signatures",
    safeTransaction,
  ],
  ["0x468721a7", "execTransactionFromModule", OPERATION, operation],
  ["0x5229073f", "execTransactionFromModuleReturnData", OPERATION, operation],
];
