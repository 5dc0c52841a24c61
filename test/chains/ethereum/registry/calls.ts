/**
 * The contract calls that the public ERC-7730 registry names (as documents.ts has it), a line each: signature, then one contract that
 * it is named for as chainId:address (- where it is any contract's), then whose it is.
 */
const LINES = `
acceptBuyOffer((address,address,uint96,uint96,uint96,address,uint96,uint256,uint40),uint256,bytes,bytes,uint256,bytes32) | 146:0x9bB958D459a97e3E37E11BeCf842E728167d9114 | Flying Tulip
acceptOwnership() | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip, Layerswap
activate(address) | 42220:0x8D6677192144292870907E3Fa8A5527fE55A7ff6 | Celo
activateForAccount(address,address) | 42220:0x8D6677192144292870907E3Fa8A5527fE55A7ff6 | Celo
addCrossChainRecord(address,uint256,address) | 8453:0xfC9cA736d384D482af5d23CC7616765C66244D29 | ALIA Quality Network
addEth(bytes32,uint96,(uint96,address),(uint96,address),bytes) | 1:0x5ed861aec31cCB496689FD2E0A1a3F8e8D7B8824 | P2P Staking
addEth(bytes32,uint96,address,(uint96,address),(uint96,address),bytes) | 1:0x23be839a14cec3d6d716d904f09368bbf9c750eb | P2P Staking
addFirstMember(address,address,address) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
addLiquidityETH(address,uint256,uint256,uint256,address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
addListing(uint256,address,uint256,uint40) | 146:0x9bB958D459a97e3E37E11BeCf842E728167d9114 | Flying Tulip
addMember(address) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
addOwnerWithThreshold(address,uint256) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
addStorageRoot(bytes) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
addToWhitelist(address) | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap, Swell
affiliate(address) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
allowance(address,address) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
applyToFellowship(uint256,string) | 1:0x25d598CBB74fa73290e74697616DE2740d280745 | FellowFund
approve(address,uint256) | 1:0xa4215Daaf3745E14E96E169E0E7706c479Ce04F2 | Flying Tulip, Lido DAO, Lombard Finance, and 3 more
approve(uint256,uint256) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
approveAndCall(address,uint256,bytes) | 1:0x18084fbA666a33d37592fA2633fD49a74DD93a88 | Threshold Network
approveBorrow(address,address,uint256) | 1:0xbe4050a73a7Fb384c65E885a15C33461A4B20055 | Flying Tulip
approveEngine(address,address,uint256) | 1:0xbe4050a73a7Fb384c65E885a15C33461A4B20055 | Flying Tulip
approveHash(bytes32) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
approvePositionManager(address,bool) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
authorizeAttestationSigner(address,uint8,bytes32,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
authorizeSigner(address,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
authorizeSignerWithSignature(address,bytes32,uint8,bytes32,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
authorizeValidatorSigner(address,uint8,bytes32,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
authorizeValidatorSignerWithPublicKey(address,uint8,bytes32,bytes32,bytes) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
authorizeVoteSigner(address,uint8,bytes32,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
autoClaim(address[],uint24,(bytes32[],(uint24,bytes20,uint120,uint8))[]) | 14:0xC8f55c5aA2C752eE285Bd872855C749f4ee6239B | Flare Labs
autoClaim(address[],uint256) | 14:0x9c7A4C83842B29bB4A082b0E689CB9474BD938d0 | Flare Labs
batchAddToWhitelist(address[]) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
batchDeposit(bytes,bytes,bytes,bytes32[]) | 1:0x576834cB068e677db4aFF6ca245c7bde16C3867e | Kiln
batchDepositCustom(bytes,bytes,bytes,bytes32[],uint256) | 1:0x576834cB068e677db4aFF6ca245c7bde16C3867e | Kiln
batchDepositForBurnWithAuth((uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32),(uint256,uint32,bytes32,bytes32,uint256,uint32,bytes)) | 42161:0xA95d9c1F655341597C94393fDdc30cf3c08E4fcE | Circle Internet Financial
batchExecute((address,uint256,bytes)[]) | 1:0x2cc8475177918e8C4d840150b68815A4b6f0f5f3 | Ledger Multisig
batchRemoveFromWhitelist(address[]) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
bigBatchDeposit(bytes,bytes,bytes,bytes32[]) | 1:0x576834cB068e677db4aFF6ca245c7bde16C3867e | Kiln
bigBatchDepositCustom(bytes,bytes,bytes,bytes32[],uint256) | 1:0x576834cB068e677db4aFF6ca245c7bde16C3867e | Kiln
borrow((address,address,address,address,uint256),uint256,uint256,address,address) | 1:0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb | Morpho DAO
borrow(address,uint256) | 1:0xbe4050a73a7Fb384c65E885a15C33461A4B20055 | Flying Tulip
borrow(address,uint256,uint256,uint16,address) | 1:0x7d2768dE32b0b80b7a3454c06BdAc94A69DDc7A9 | Aave DAO
borrowETH(address,uint256,uint16) | 1:0xd01607c3C5eCABa394D8be377a08590149325722 | Aave DAO
burn(uint256) | 1:0x8236a87084f8b84306f72007f36f2618a5634494 | Lombard Finance, Swell
buy(uint256,address,uint256,bytes32,(uint256,uint40,bytes)) | 146:0x9bB958D459a97e3E37E11BeCf842E728167d9114 | Flying Tulip
buyOnUniswap(uint256,uint256,address[]) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
buyOnUniswapFork(address,bytes32,uint256,uint256,address[]) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
buyOnUniswapV2Fork(address,uint256,uint256,address,uint256[]) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
buyOnUniswapV2ForkWithPermit(address,uint256,uint256,address,uint256[],bytes) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
buyVoucherPOL(uint256,uint256) | 1:0xb929b89153fc2eed442e81e5a1add4e2fa39028f | Yield.xyz
cancelOrder(uint256) | 1:0xf0Bc39Fc911F6437C84d16188dD8294F7110f451 | Ondo Finance
cancelOrder(uint256,bytes32) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
cancelOrders(uint256[],bytes32[]) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
castVote(uint256,uint8) | 14:0xc8294a2335C6c45de827121090ce4Ba9977907D2 | Flare Labs
changeThreshold(uint256) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
claim(address) | 146:0x137D66e0a5D4cEEe0A7eDA011bC3aA94931C7234 | Flying Tulip
claim(address,address,uint256,bool) | 14:0x9c7A4C83842B29bB4A082b0E689CB9474BD938d0 | Flare Labs
claimExitedAssets(uint256,uint256,uint256) | 1:0xb72668d6ff7a0e318f83097a754c6aed0f8af034 | P2P Staking, Serenita B.V.
claimReward() | 1116:0x0000000000000000000000000000000000001010 | CoreDAO StakeHub Contract
claimWithdrawal(uint256) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
claimWithdrawals(uint256[],uint256[]) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
claimWithdrawalsTo(uint256[],uint256[],address) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
clipperSwap(address,address,address,uint256,uint256,uint256,bytes32,bytes32) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
clipperSwap(address,address,uint256,uint256) | 1:0x1111111254fb6c44bAC0beD2854e76F90643097d | 1inch Network
clipperSwap(address,uint256,address,uint256,uint256,uint256,bytes32,bytes32) | 1:0x111111125421cA6dc452d289314280a0f8842A65 | 1inch Network
clipperSwapTo(address,address,address,address,uint256,uint256,uint256,bytes32,bytes32) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
clipperSwapTo(address,address,address,uint256,uint256) | 1:0x1111111254fb6c44bAC0beD2854e76F90643097d | 1inch Network
clipperSwapTo(address,address,uint256,address,uint256,uint256,uint256,bytes32,bytes32) | 1:0x111111125421cA6dc452d289314280a0f8842A65 | 1inch Network
clipperSwapToWithPermit(address,address,address,address,uint256,uint256,uint256,bytes32,bytes32,bytes) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
clipperSwapToWithPermit(address,address,address,uint256,uint256,bytes) | 1:0x1111111254fb6c44bAC0beD2854e76F90643097d | 1inch Network
completeSignerAuthorization(address,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
confirmOptOutOfAirdrop(address[]) | 14:0x9c7A4C83842B29bB4A082b0E689CB9474BD938d0 | Flare Labs
cooldownAssets(uint256) | 1:0x9D39A5DE30e57443BfF2A8307A4256c8797A3497 | Ethena
cooldownShares(uint256) | 1:0x9D39A5DE30e57443BfF2A8307A4256c8797A3497 | Ethena
create((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256)) | 1:0xe12E0f117d23a5ccc57f8935CD8c4E80cD91FF01 | 1inch Network
createAccount() | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
createBuyOrderExactIn(address,address,uint256,uint256,uint256) | 1:0xf0Bc39Fc911F6437C84d16188dD8294F7110f451 | Ondo Finance
createBuyOrderExactOut(address,address,uint256,uint256,uint256) | 1:0xf0Bc39Fc911F6437C84d16188dD8294F7110f451 | Ondo Finance
createFellowship(string,uint256,uint256,uint256,uint256) | 1:0x25d598CBB74fa73290e74697616DE2740d280745 | FellowFund
createLock(uint256,uint256) | 10:0x521B4C065Bbdbe3E20B3727340730936912DfA46 | WalletConnect Foundation
createOperator(address,string,uint256,uint256,address[],uint256[]) | 1:0x8659EEFF31CFcff580D37AF8e7Af250F8998aA83 | Kiln
createPod() | 1:0x91E677b07F7AF907ec9a428aafA9fc14a0d3A338 | Eigen Labs, Inc.
createProxyWithCallback(address,bytes,uint256,address) | 1:0xa6b71e26c5e0845f74c812102ca7114b6a896ab2 | Safe{Wallet}
createProxyWithNonce(address,bytes,uint256) | 1:0xa6b71e26c5e0845f74c812102ca7114b6a896ab2 | Safe{Wallet}
createProxyWithNonceL2(address,bytes,uint256) | 1:0x14F2982D601c9458F93bd70B218933A6f8165e7b | Safe{Wallet}
createSellOrderExactIn(address,address,uint256,uint256,uint256) | 1:0xf0Bc39Fc911F6437C84d16188dD8294F7110f451 | Ondo Finance
createSellOrderExactOut(address,address,uint256,uint256,uint256) | 1:0xf0Bc39Fc911F6437C84d16188dD8294F7110f451 | Ondo Finance
createSession(address,uint48,uint48,uint32,uint16,(address,uint256)[],bytes32) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
createSessionBySig(address,address,uint48,uint48,uint32,uint16,(address,uint256)[],bytes32,bytes) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
createSplitter(address,bytes32) | 1:0x8659EEFF31CFcff580D37AF8e7Af250F8998aA83 | Kiln
createSplitterAndCall(address,bytes32,address,bytes) | 1:0x8659EEFF31CFcff580D37AF8e7Af250F8998aA83 | Kiln
createValidator(string,string,string,string,string,uint256) | 1329:0x0000000000000000000000000000000000001005 | Sei
dagSwapByOrderId(uint256,(uint256,address,uint256,uint256,uint256),(address[],address[],uint256[],bytes[],uint256)[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
dagSwapTo(uint256,address,(uint256,address,uint256,uint256,uint256),(address[],address[],uint256[],bytes[],uint256)[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
deaffiliate() | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
decreaseAllowance(address,uint256) | 1:0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0 | Lido DAO, Swell
delegate(string) | 1329:0x0000000000000000000000000000000000001005 | Sei
delegateCoin(address) | 1116:0x0000000000000000000000000000000000001011 | CoreDAO CoreAgent Contract
delegateGovernanceVotes(address,uint256) | 42220:0x55E1A0C8f376964bd339167476063bFED7f213d5 | Celo
deletePaymentDelegation() | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
deposit() | 1:0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2 | WETH
deposit(address,address) | 1:0xb72668d6ff7a0e318f83097a754c6aed0f8af034 | P2P Staking, Serenita B.V.
deposit(address,uint256) | 1:0xbe4050a73a7Fb384c65E885a15C33461A4B20055 | Flying Tulip
deposit(address,uint256,address,uint16) | 1:0x7d2768dE32b0b80b7a3454c06BdAc94A69DDc7A9 | Aave DAO
deposit(address,uint256,uint256) | 1:0xcE5485Cfb26914C5dcE00B9BAF0580364daFC7a4 | StarkWare
deposit(bytes,bytes,bytes,bytes32) | 1:0x00000000219ab540356cBB839Cbe05303d7705Fa | Ethereum Foundation
deposit(bytes[],bytes[],bytes[],bytes32[],uint256[]) | 1:0x8B0d88B8Be3C15D746Feb0B1f18c883c03B6Aa62 | Figment
deposit(uint256,address) | 11155111:0xD1f0774ccff0CE4F36DeA57b6a28aB7FeB0a01B0 | Figment, Flying Tulip, Kiln, and 14 more
deposit(uint256,address,address) | - | 
depositERC20(bytes32,address,address,uint256) | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap
depositETH(address,address,uint16) | 1:0xd01607c3C5eCABa394D8be377a08590149325722 | Aave DAO
depositFor(address,uint256) | 10:0x521B4C065Bbdbe3E20B3727340730936912DfA46 | WalletConnect Foundation
depositInstant(address,uint256,uint256,bytes32) | 1:0x99361435420711723aF805F08187c9E6bF796683 | Midas
depositInstant(address,uint256,uint256,bytes32,address) | 1:0x99361435420711723aF805F08187c9E6bF796683 | Midas
depositNative(bytes32,address) | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap
depositRequest(address,uint256,bytes32) | 1:0x99361435420711723aF805F08187c9E6bF796683 | Midas
depositRequest(address,uint256,bytes32,address) | 1:0x99361435420711723aF805F08187c9E6bF796683 | Midas
depositViaDepositManager(uint256,address,uint256) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
depositWithReferral(address) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
dequeueProposalsIfReady() | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
deregisterValidator(uint256) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
deregisterValidatorGroup(uint256) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
directUniV3Swap((address,address,address,uint256,uint256,uint256,uint256,uint256,address,bool,address,bytes,bytes,bytes16)) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
divest(uint256,uint256) | 1:0xbA49d0AC42f4fBA4e24A8677a22218a4dF75ebaA | Flying Tulip
editListing(uint256,address,uint256,uint256) | 146:0x9bB958D459a97e3E37E11BeCf842E728167d9114 | Flying Tulip
editValidator(string,string,uint256) | 1329:0x0000000000000000000000000000000000001005 | Sei
enterExitQueue(uint256,address) | 1:0xb72668d6ff7a0e318f83097a754c6aed0f8af034 | P2P Staking, Serenita B.V.
ethUnoswap(uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
ethUnoswap2(uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
ethUnoswap3(uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
ethUnoswapTo(uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
ethUnoswapTo2(uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
ethUnoswapTo3(uint256,uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
exactInput((bytes,address,uint256,uint256)) | 1:0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 | Uniswap Labs
exactInputSingle((address,address,uint24,address,uint256,uint256,uint160)) | 1:0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 | Uniswap Labs
exactOutput((bytes,address,uint256,uint256)) | 1:0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 | Uniswap Labs
exactOutputSingle((address,address,uint24,address,uint256,uint256,uint160)) | 1:0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 | Uniswap Labs
execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
execute(uint256,uint256) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
executeHotfix(uint256[],address[],bytes,uint256[],bytes32) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
fillContractOrder((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256),bytes,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
fillContractOrderArgs((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256),bytes,uint256,uint256,bytes) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
fillOrder((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256),bytes32,bytes32,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
fillOrderArgs((uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256),bytes32,bytes32,uint256,uint256,bytes) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
finalizeOptimisticMint(bytes32,uint32) | 1:0x9C070027cdC9dc8F82416B2e5314E11DFb4FE3CD | Threshold Network
finalizeUnstaking(address) | 1:0x0184739C32edc3471D3e4860c8E39a5f3Ff85A45 | Threshold Network
increaseAllowance(address,uint256) | 1:0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0 | Lido DAO, Swell
increaseEpoch(uint96) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
increaseLockAmount(uint256) | 10:0x521B4C065Bbdbe3E20B3727340730936912DfA46 | WalletConnect Foundation
increaseUnlockTime(uint256) | 10:0x521B4C065Bbdbe3E20B3727340730936912DfA46 | WalletConnect Foundation
initialiseWeightBasedClaims((bytes32[],(uint24,bytes20,uint120,uint8))[]) | 14:0xC8f55c5aA2C752eE285Bd872855C749f4ee6239B | Flare Labs
initializeDeposit((bytes4,bytes,bytes,bytes4),(uint32,bytes8,bytes20,bytes20,bytes4,address),address) | 11155111:0x59FAE614867b66421b44D1Ed3461e6B6a4B50106 | Threshold Network
initializeDeposit((bytes4,bytes,bytes,bytes4),(uint32,bytes8,bytes20,bytes20,bytes4,address),bytes32) | 1:0x186D048097c7406C64EfB0537886E3CaE100a1fe | Threshold Network
invalidateNonceBySig(bytes32,uint256,uint256,address,bytes) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
invest(address,uint256,address,uint256,bytes32[]) | 1:0xbA49d0AC42f4fBA4e24A8677a22218a4dF75ebaA | Flying Tulip
lock() | 42220:0x55E1A0C8f376964bd339167476063bFED7f213d5 | Celo
megaSwap((address,uint256,uint256,uint256,address,(uint256,(address,uint256,(address,uint256,uint256,(uint256,address,uint256,bytes,uint256)[])[])[])[],address,uint256,bytes,uint256,bytes16)) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
migrate(uint256) | 1:0xaA854688caAB725fe17b7D21b46fDA5AF365985a | SwissBorg
migrateL2Singleton() | 1:0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6 | Safe{Wallet}
migrateL2WithFallbackHandler() | 1:0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6 | Safe{Wallet}
migrateSingleton() | 1:0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6 | Safe{Wallet}
migrateWithFallbackHandler() | 1:0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6 | Safe{Wallet}
mint(address) | 1116:0xf5fA1728bABc3f8D2a617397faC2696c958C3409 | CoreDAO Earn Contract
mint(address,uint256,uint256,uint256) | 146:0xb9B23b0555B8066F3d5954Ea6C679a02339F78dc | Flying Tulip
mint(bytes,bytes) | 1:0x8236a87084f8b84306f72007f36f2618a5634494 | Lombard Finance
mint(uint256,address) | 1:0xe69884A372571AF24fcB94fB3F6948d1b0146533 | Kiln, 9Summits, Apostro, and 12 more
mint(uint256,address,address) | - | 
mintToken(uint256,uint256,address,uint256,bytes) | 1:0x0bb4D3e88243F4A057Db77341e6916B0e449b158 | Proof of Attendance Protocol
mintWithAttestation((uint256,uint256,bytes32,address,uint256,uint256,uint256,uint8,bytes32),bytes,address,uint256) | 1:0x2c158BC456e027b2AfFCCadF1BDBD9f5fC4c5C8c | Ondo Finance
multiSwap((address,uint256,uint256,uint256,address,(address,uint256,(address,uint256,uint256,(uint256,address,uint256,bytes,uint256)[])[])[],address,uint256,bytes,uint256,bytes16)) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
multicall((address,bytes,uint256,bool,bytes32)[]) | 1:0x6566194141eefa99Af43Bb5Aa71460Ca2Dc90245 | Morpho DAO
multicall(bytes[]) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO, Serenita B.V.
pause() | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap
permit(address,address,uint256,uint256,uint8,bytes32,bytes32) | 1:0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0 | Lido DAO, Lombard Finance
permitAndCall(bytes,bytes) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
prepareHotfix(bytes32) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
propose(address[],uint256[],bytes[],string,(bool,uint256,uint256,uint256,uint256,uint256,uint256,uint256)) | 14:0xc8294a2335C6c45de827121090ce4Ba9977907D2 | Flare Labs
propose(string,(bool,uint256,uint256,uint256,uint256,uint256)) | 14:0xc8294a2335C6c45de827121090ce4Ba9977907D2 | Flare Labs
propose(uint256[],address[],bytes,uint256[],string) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
receiveMessage(bytes) | 1:0x45E581d6841F0a99Fc34F70871ef56b353813ddb | SwissBorg
receiveTbtc(bytes) | 8453:0x09959798B95d00a3183d20FaC298E4594E599eab | Threshold Network
recordDecision(address,string,address,uint256,bool,bytes32) | 8453:0xD5667AcB0Ac8108B45f6CDD4774559264098f8de | ALIA Quality Network
recordIncident(address,string) | 8453:0xD5667AcB0Ac8108B45f6CDD4774559264098f8de | ALIA Quality Network
redeem() | 43114:0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be | BENQI
redeem(address,uint256,uint256,uint256) | 146:0xb9B23b0555B8066F3d5954Ea6C679a02339F78dc | Flying Tulip
redeem(uint256) | 43114:0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be | BENQI, CoreDAO Earn Contract, Lombard Finance
redeem(uint256,address,address) | 1:0xe69884A372571AF24fcB94fB3F6948d1b0146533 | Kiln, 9Summits, Apostro, and 12 more
redeem(uint256,address,uint256) | 1:0x93358db73B6cd4b98D89c8F5f230E81a95c2643a | Ondo Finance
redeemFiatRequest(uint256) | 1:0xF6e51d24F4793Ac5e71e0502213a9BBE3A6d4517 | Midas
redeemForBtc(bytes,uint256) | 1:0x8236a87084f8b84306f72007f36f2618a5634494 | Lombard Finance
redeemInstant(address,uint256,uint256) | 1:0xF6e51d24F4793Ac5e71e0502213a9BBE3A6d4517 | Midas
redeemInstant(address,uint256,uint256,address) | 1:0xF6e51d24F4793Ac5e71e0502213a9BBE3A6d4517 | Midas
redeemOverdueShares() | 43114:0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be | BENQI
redeemOverdueShares(uint256) | 43114:0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be | BENQI
redeemRebasingUSDY(uint256,address,uint256) | 1:0xa42613C243b67BF6194Ac327795b926B4b491f15 | Ondo Finance
redeemRequest(address,uint256) | 1:0xF6e51d24F4793Ac5e71e0502213a9BBE3A6d4517 | Midas
redeemRequest(address,uint256,address) | 1:0xF6e51d24F4793Ac5e71e0502213a9BBE3A6d4517 | Midas
redeemWithAttestation((uint256,uint256,bytes32,address,uint256,uint256,uint256,uint8,bytes32),bytes,address,uint256) | 1:0x2c158BC456e027b2AfFCCadF1BDBD9f5fC4c5C8c | Ondo Finance
redelegate(string,string,uint256) | 1329:0x0000000000000000000000000000000000001005 | Sei
reenter((address,bytes,uint256,bool,bytes32)[]) | 1:0x6566194141eefa99Af43Bb5Aa71460Ca2Dc90245 | Morpho DAO
refreshScore(address) | 8453:0x295CCcDE8Fb06148d4FB6Bfc06B6c332E42aCb43 | ALIA Quality Network
refreshScoreBatch(address[]) | 8453:0x295CCcDE8Fb06148d4FB6Bfc06B6c332E42aCb43 | ALIA Quality Network
registerAgent(address,address,uint8,string,string,string,string,uint256,uint256) | 8453:0xD5667AcB0Ac8108B45f6CDD4774559264098f8de | ALIA Quality Network
registerAsset(address,uint8,uint8,string,string,string) | 8453:0xfC9cA736d384D482af5d23CC7616765C66244D29 | ALIA Quality Network
registerValidator(bytes) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
registerValidatorGroup(uint256) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
registerValidatorNoBls(bytes) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
relock(uint256,uint256) | 42220:0x55E1A0C8f376964bd339167476063bFED7f213d5 | Celo
removeAttestationSigner() | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
removeDefaultSigner(bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
removeFromWhitelist(address) | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap, Swell
removeIndexedSigner(bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
removeLiquidity(address,address,uint256,uint256,uint256,address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
removeLiquidityETH(address,uint256,uint256,uint256,address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
removeLiquidityETHSupportingFeeOnTransferTokens(address,uint256,uint256,uint256,address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
removeLiquidityETHWithPermit(address,uint256,uint256,uint256,address,uint256,bool,uint8,bytes32,bytes32) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
removeLiquidityETHWithPermitSupportingFeeOnTransferTokens(address,uint256,uint256,uint256,address,uint256,bool,uint8,bytes32,bytes32) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
removeLiquidityWithPermit(address,address,uint256,uint256,uint256,address,uint256,bool,uint8,bytes32,bytes32) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
removeListing(uint256) | 146:0x9bB958D459a97e3E37E11BeCf842E728167d9114 | Flying Tulip
removeMember(address) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
removeOwner(address,address,uint256) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
removeSigner(address,bytes32) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
removeStorageRoot(uint256) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
removeValidatorSigner() | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
removeVoteSigner() | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
renounceOwnership() | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip, Layerswap
renouncePositionManagerRole(address) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
reorderMember(address,address,address) | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
repay((address,address,address,address,uint256),uint256,uint256,address,bytes) | 1:0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb | Morpho DAO
repay(address,uint256) | 1:0xbe4050a73a7Fb384c65E885a15C33461A4B20055 | Flying Tulip
repay(address,uint256,uint256,address) | 1:0x7d2768dE32b0b80b7a3454c06BdAc94A69DDc7A9 | Aave DAO
repayETH(address,uint256,address) | 1:0xd01607c3C5eCABa394D8be377a08590149325722 | Aave DAO
repayWithATokens(address,uint256,uint256) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
repayWithPermit(address,uint256,uint256,address,uint256,uint8,bytes32,bytes32) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
reprice(uint256,uint256,uint256) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
requestDeposit(uint256,address,address) | - | 
requestExit(bytes[]) | 1:0x004c226fff73aa94b78a4df1a0e861797ba16819 | Kiln
requestExit(string,uint64) | 38833:0x4bb88c213d3ed9dc4bae694f1bc1bf745903b2d0 | Igra Labs
requestOptimisticMint(bytes32,uint32) | 1:0x9C070027cdC9dc8F82416B2e5314E11DFb4FE3CD | Threshold Network
requestRedeem(uint256) | 11155111:0xD1f0774ccff0CE4F36DeA57b6a28aB7FeB0a01B0 | Figment
requestRedeem(uint256,address,address) | - | 
requestRedemption(bytes20,(bytes32,uint32,uint64),bytes) | 1:0x5D4d83aaB53B7E7cA915AEB2d4d3f4e03823DbDe | Threshold Network
requestRedemption(bytes20,(bytes32,uint32,uint64),bytes,uint64) | 1:0x5e4861a80B55f035D899f66772117F00FA0E8e7B | Threshold Network
requestRedemption(uint256,uint16,bytes,uint32) | 8453:0xe931F1Ac6B00400E1dAD153E184afeE164d2D88B | Threshold Network
requestUnlock(uint256) | 43114:0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be | BENQI
requestWithdrawals(uint256[],address) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
requestWithdrawalsWithPermit(uint256[],address,(uint256,uint256,uint8,bytes32,bytes32)) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
requestWithdrawalsWstETH(uint256[],address) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
requestWithdrawalsWstETHWithPermit(uint256[],address,(uint256,uint256,uint8,bytes32,bytes32)) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
resetSlashingMultiplier() | 42220:0xaEb865bCa93DdC8F47b8e29F40C5399cE34d0C58 | Celo
revealDeposit((bytes4,bytes,bytes,bytes4),(uint32,bytes8,bytes20,bytes20,bytes4,address)) | 1:0x5e4861a80B55f035D899f66772117F00FA0E8e7B | Threshold Network
revealDepositWithExtraData((bytes4,bytes,bytes,bytes4),(uint32,bytes8,bytes20,bytes20,bytes4,address),bytes32) | 1:0x5e4861a80B55f035D899f66772117F00FA0E8e7B | Threshold Network
revokeActive(address,uint256,address,address,uint256) | 42220:0x8D6677192144292870907E3Fa8A5527fE55A7ff6 | Celo
revokeAllActive(address,address,address,uint256) | 42220:0x8D6677192144292870907E3Fa8A5527fE55A7ff6 | Celo
revokeAsset(address,string) | 8453:0xfC9cA736d384D482af5d23CC7616765C66244D29 | ALIA Quality Network
revokeDelegatedGovernanceVotes(address,uint256) | 42220:0x55E1A0C8f376964bd339167476063bFED7f213d5 | Celo
revokePending(address,uint256,address,address,uint256) | 42220:0x8D6677192144292870907E3Fa8A5527fE55A7ff6 | Celo
revokeSession(bytes32) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
revokeSessionBySig(bytes32,uint256,bytes) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
revokeUpvote(uint256,uint256) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
revokeVotes() | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
safeTransferFrom(address,address,uint256) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO
sellVoucher_newPOL(uint256,uint256) | 1:0xb929b89153fc2eed442e81e5a1add4e2fa39028f | Yield.xyz
send(string) | 1:0x4E1224f513048e18e7a1883985B45dc0Fe1D917e | P2P Staking
sendTbtc(uint256,uint16,bytes32,uint256,uint32) | 8453:0x09959798B95d00a3183d20FaC298E4594E599eab | Threshold Network
setAllowedClaimRecipients(address[]) | 14:0xc0CF3Aaf93bd978C5BC662564Aa73E331f2eC0B5 | Flare Labs
setAllowedTarget(address,bool) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
setAllowedTargets(address[],bool) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
setApplicantImpact(uint256,uint256,bool,bytes) | 1:0x25d598CBB74fa73290e74697616DE2740d280745 | FellowFund
setApprovalForAll(address,bool) | 1:0xa4215Daaf3745E14E96E169E0E7706c479Ce04F2 | Flying Tulip, Lido DAO
setClaimExecutors(address[]) | 14:0xc0CF3Aaf93bd978C5BC662564Aa73E331f2eC0B5 | Flare Labs
setDelegatee(address) | 1:0x0184739C32edc3471D3e4860c8E39a5f3Ff85A45 | Threshold Network
setMetadataURL(string) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
setName(string) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
setOperator(address,bool) | - | 
setPaymentDelegation(address,uint256) | 42220:0x7d21685C17607338b313a7174bAb6620baD0aaB7 | Celo
setRebateTreasuryFeeMode(uint8) | 1:0x0184739C32edc3471D3e4860c8E39a5f3Ff85A45 | Threshold Network
setUserUseReserveAsCollateral(address,bool) | 1:0x7d2768dE32b0b80b7a3454c06BdAc94A69DDc7A9 | Aave DAO
setUserUseReserveAsCollateralOnBehalfOf(address,bool,address) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
setWithdrawAddress(address) | 1329:0x0000000000000000000000000000000000001007 | Sei
setup(address[],uint256,address,bytes,address,address,uint256,address) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
setupToL2(address) | 1:0xBD89A1CE4DDe368FFAB0eC35506eEcE0b1fFdc54 | Safe{Wallet}
simpleBuy((address,address,uint256,uint256,uint256,address[],bytes,uint256[],uint256[],address,address,uint256,bytes,uint256,bytes16)) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
simpleSwap((address,address,uint256,uint256,uint256,address[],bytes,uint256[],uint256[],address,address,uint256,bytes,uint256,bytes16)) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
smartSwapByInvest((uint256,address,uint256,uint256,uint256),uint256[],(address[],address[],uint256[],bytes[],uint256)[][],(uint256,address,address,address,uint256,uint256,uint256,uint256,bool,bytes)[],address) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
smartSwapByInvestWithRefund((uint256,address,uint256,uint256,uint256),uint256[],(address[],address[],uint256[],bytes[],uint256)[][],(uint256,address,address,address,uint256,uint256,uint256,uint256,bool,bytes)[],address,address) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
smartSwapByOrderId(uint256,(uint256,address,uint256,uint256,uint256),uint256[],(address[],address[],uint256[],bytes[],uint256)[][],(uint256,address,address,address,uint256,uint256,uint256,uint256,bool,bytes)[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
smartSwapTo(uint256,address,(uint256,address,uint256,uint256,uint256),uint256[],(address[],address[],uint256[],bytes[],uint256)[][],(uint256,address,address,address,uint256,uint256,uint256,uint256,bool,bytes)[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
stake(uint96) | 1:0x0184739C32edc3471D3e4860c8E39a5f3Ff85A45 | Threshold Network
stakeETH(address) | 1:0xa88f0329C2c4ce51ba3fc619BBf44efE7120Dd0d | Lido DAO
startBridgeTokensViaAcross((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(int64,uint32,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAcrossV4((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,bytes32,bytes32,bytes32,uint256,uint128,bytes32,uint32,uint32,uint32,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAcrossV4ERC20Min((bytes8,bytes32,bytes32,uint64,bytes32,uint256,bytes32,uint32,uint32,uint32,bytes),bytes32,uint256) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAcrossV4ERC20Packed() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAcrossV4NativeMin((bytes8,bytes32,bytes32,uint64,bytes32,uint256,bytes32,uint32,uint32,uint32,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAcrossV4NativePacked() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAcrossV4Swap((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint8,bytes,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaAllBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,uint256,bytes32,uint256,uint8,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaArbitrumBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaCBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint32,uint64)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaCBridgeERC20Min(bytes32,address,uint64,address,uint256,uint64,uint32) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaCBridgeERC20Packed() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaCBridgeNativeMin(bytes32,address,uint64,uint64,uint32) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaCBridgeNativePacked() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaCelerCircleBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint32)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaChainflip((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes,uint32,address,(address,address,address,address,uint256,bytes,bool)[],uint256,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaDeBridgeDln((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes,bytes,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaEco((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes,address,uint64,bytes,bytes32,address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaGarden((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,uint256,bytes32,bytes32)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaGasZip((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaGlacis((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,address,uint256,bytes32)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaGnosisBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHop((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,uint256,uint256,uint256,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL1ERC20((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL1ERC20Min(bytes8,address,uint256,address,uint256,uint256,address,uint256,address) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL1ERC20Packed() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL1Native((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL1NativeMin(bytes8,address,uint256,uint256,address,uint256,address) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL1NativePacked() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL2ERC20((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL2ERC20Min(bytes8,address,uint256,address,uint256,uint256,uint256,uint256,uint256,address) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL2ERC20Packed() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL2Native((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL2NativeMin(bytes8,address,uint256,uint256,uint256,uint256,uint256,address) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaHopL2NativePacked() | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaLayerSwap((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,address,address,bytes32,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaLiFiIntentEscrowV2((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,bytes32,address,uint256,uint32,uint32,address,bytes32,bytes32,bytes32,uint128,(address,address,address,address,uint256,bytes,bool)[],bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaMayan((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,address,bytes,address,bytes,address,uint256,address,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaMegaETHBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,uint32,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaNEARIntents((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,address,bytes32,uint256,uint256,address,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaOmniBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaOptimismBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,uint32,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaPaxosTransit((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(((uint32,address,address),uint256,address,uint256,uint256,address,bytes32,uint256,bytes32),bytes,uint256,address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaPolygonBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaPolymerCCTP((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint256,uint256,bytes32,bytes32,uint32,address,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaRelayDepository((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes32,address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaSquid((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint8,string,string,string,address,(uint8,address,uint256,bytes,bytes)[],bytes,uint256,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaStargate((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(uint16,(uint32,bytes32,uint256,uint256,bytes,bytes,bytes),(uint256,uint256),address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaSuperset((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(bytes,uint256,address,address,uint256,uint32,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaSymbiosis((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,bytes32,bytes,bytes,address,address,address[],address,bytes,bool,address,address,bytes,uint256,uint256,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaThorSwap((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,string,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startBridgeTokensViaUnit((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
startUnstaking(uint96) | 1:0x0184739C32edc3471D3e4860c8E39a5f3Ff85A45 | Threshold Network
submit() | 43114:0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be | BENQI
submit(address) | 1:0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84 | Lido DAO
submitQuote((uint32,uint32,uint32,uint256,uint32,uint256,uint256,uint16,uint256),uint8,bytes32,bytes32) | 1:0x789d89eBb2A882343044830A9d4d072737FFEC92 | OpenCover
submitQuoteV15((uint32,uint32,uint32,uint256,uint32,uint256,uint256,uint16,uint256),address[],uint256,address,uint8,bytes32,bytes32) | 1:0x789d89eBb2A882343044830A9d4d072737FFEC92 | OpenCover
subscribe(address,uint256,uint256) | 1:0x93358db73B6cd4b98D89c8F5f230E81a95c2643a | Ondo Finance
subscribeRebasingUSDY(address,uint256,uint256) | 1:0xa42613C243b67BF6194Ac327795b926B4b491f15 | Ondo Finance
supply((address,address,address,address,uint256),uint256,uint256,address,bytes) | 1:0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb | Morpho DAO
supply(address,uint256,address,uint16) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
supplyCollateral((address,address,address,address,uint256),uint256,address,bytes) | 1:0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb | Morpho DAO
supplyWithPermit(address,uint256,address,uint16,uint256,uint8,bytes32,bytes32) | 1:0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2 | Aave DAO
swap((address,address,bytes,(address,address,address[],uint256[],address[],uint256[],address,uint256,uint256,uint256,bytes),bytes)) | 1:0x6131B5fae19EA4f9D964eAc0408E4408b66337b5 | KyberSwap
swap(address,(address,address,address,address,uint256,uint256,uint256),bytes) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
swap(address,(address,address,address,address,uint256,uint256,uint256),bytes,bytes) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
swap(address,(address,address,address,address,uint256,uint256,uint256,bytes),bytes) | 1:0x11111112542D85B3EF69AE05771c2dCCff4fAa26 | 1inch Network
swapAndStartBridgeTokensViaAcross((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(int64,uint32,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaAcrossV4((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,bytes32,bytes32,bytes32,uint256,uint128,bytes32,uint32,uint32,uint32,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaAcrossV4Swap((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint8,bytes,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaAllBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,uint256,bytes32,uint256,uint8,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaArbitrumBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaCBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint32,uint64)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaCelerCircleBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint32)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaChainflip((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes,uint32,address,(address,address,address,address,uint256,bytes,bool)[],uint256,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaDeBridgeDln((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes,bytes,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaEco((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes,address,uint64,bytes,bytes32,address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaGarden((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(address,address,uint256,bytes32,bytes32)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaGasZip((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaGlacis((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,address,uint256,bytes32)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaGnosisBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaHop((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,uint256,uint256,uint256,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaHopL1ERC20((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaHopL1Native((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaHopL2ERC20((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaHopL2Native((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,uint256,uint256,uint256,address,address,uint256,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaLayerSwap((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,address,address,bytes32,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaLiFiIntentEscrowV2((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,bytes32,address,uint256,uint32,uint32,address,bytes32,bytes32,bytes32,uint128,(address,address,address,address,uint256,bytes,bool)[],bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaMayan((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,address,bytes,address,bytes,address,uint256,address,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaMegaETHBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(address,uint32,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaNEARIntents((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,address,bytes32,uint256,uint256,address,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaOmniBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaOptimismBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(address,uint32,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaPaxosTransit((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(((uint32,address,address),uint256,address,uint256,uint256,address,bytes32,uint256,bytes32),bytes,uint256,address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaPolygonBridge((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaPolymerCCTP((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint256,uint256,bytes32,bytes32,uint32,address,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaRelayDepository((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes32,address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaSquid((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint8,string,string,string,address,(uint8,address,uint256,bytes,bytes)[],bytes,uint256,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaStargate((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(uint16,(uint32,bytes32,uint256,uint256,bytes,bytes,bytes),(uint256,uint256),address)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaSuperset((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(bytes,uint256,address,address,uint256,uint32,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaSymbiosis((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(address,bytes32,bytes,bytes,address,address,address[],address,bytes,bool,address,address,bytes,uint256,uint256,bytes)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaThorSwap((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(address,string,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapAndStartBridgeTokensViaUnit((bytes32,string,string,address,address,address,uint256,uint256,bool,bool),(address,address,address,address,uint256,bytes,bool)[],(address,bytes,uint256)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapBorrowRateMode(address,uint256) | 1:0x7d2768dE32b0b80b7a3454c06BdAc94A69DDc7A9 | Aave DAO
swapExactAmountIn(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountInOnBalancerV2((uint256,uint256,uint256,bytes32,uint256),uint256,bytes,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountInOnCurveV1((uint256,uint256,address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountInOnCurveV2((uint256,uint256,uint256,address,address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountInOnUniswapV2((address,address,uint256,uint256,uint256,bytes32,address,bytes),uint256,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountInOnUniswapV3((address,address,uint256,uint256,uint256,bytes32,address,bytes),uint256,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountInPro(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountOut(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountOutOnBalancerV2((uint256,uint256,uint256,bytes32,uint256),uint256,bytes,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountOutOnUniswapV2((address,address,uint256,uint256,uint256,bytes32,address,bytes),uint256,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountOutOnUniswapV3((address,address,uint256,uint256,uint256,bytes32,address,bytes),uint256,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactAmountOutPro(address,(address,address,uint256,uint256,uint256,bytes32,address),uint256,bytes,bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapExactETHForTokens(uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapExactETHForTokensSupportingFeeOnTransferTokens(uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapExactTokensForETH(uint256,uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapExactTokensForTokens(uint256,uint256,address[],address) | 1:0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 | Uniswap Labs
swapExactTokensForTokens(uint256,uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapExactTokensForTokensSupportingFeeOnTransferTokens(uint256,uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapOnAugustusRFQTryBatchFill((uint256,uint256,uint8,bytes32,address),((uint256,uint128,address,address,address,address,uint256,uint256),bytes,uint256,bytes,bytes)[],bytes) | 1:0x6a000f20005980200259b80c5102003040001068 | Velora
swapOnUniswap(uint256,uint256,address[]) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOnUniswapFork(address,bytes32,uint256,uint256,address[]) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOnUniswapV2Fork(address,uint256,uint256,address,uint256[]) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOnUniswapV2ForkWithPermit(address,uint256,uint256,address,uint256[],bytes) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOnZeroXv2(address,address,uint256,uint256,address,bytes) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOnZeroXv4(address,address,uint256,uint256,address,bytes) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOnZeroXv4WithPermit(address,address,uint256,uint256,address,bytes,bytes) | 56:0xDEF171Fe48CF0115B1d80b88dc8eAB59176FEe57 | Velora
swapOwner(address,address,address) | 1:0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552 | Safe{Wallet}
swapTokensForExactETH(uint256,uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapTokensForExactTokens(uint256,uint256,address[],address) | 1:0x68b3465833fb72A70ecDF485E0e4C7bD8665Fc45 | Uniswap Labs
swapTokensForExactTokens(uint256,uint256,address[],address,uint256) | 137:0xa5E0829CaCEd8fFDD4De3c43696c57F7D7A678ff | QuickSwap
swapTokensGeneric(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapTokensMultipleV3ERC20ToERC20(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapTokensMultipleV3ERC20ToNative(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapTokensMultipleV3NativeToERC20(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)[]) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapTokensSingleV3ERC20ToERC20(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapTokensSingleV3ERC20ToNative(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapTokensSingleV3NativeToERC20(bytes32,string,string,address,uint256,(address,address,address,address,uint256,bytes,bool)) | 1:0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE | LI.FI
swapWrap(uint256,uint256) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
swapWrapToWithBaseRequest(uint256,address,(uint256,address,uint256,uint256,uint256)) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
transfer(address,uint256) | 1:0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84 | Lido DAO, Lombard Finance, Swell, and 2 more
transfer(uint256,uint16,bytes32) | 1:0x66a28B080918184851774a89aB94850a41f6a1e5 | SwissBorg
transfer(uint256,uint16,bytes32,bytes32,bool,bytes) | 1:0x66a28B080918184851774a89aB94850a41f6a1e5 | SwissBorg
transferCoin(address,address,uint256) | 1116:0x0000000000000000000000000000000000001011 | CoreDAO CoreAgent Contract
transferFrom(address,address,uint256) | 1:0x889edC2eDab5f40e902b864aD4d7AdE8E412F9B1 | Lido DAO, Lombard Finance, Swell
transferOwnership(address) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip, Kiln, Layerswap
undelegate(string,uint256) | 1329:0x0000000000000000000000000000000000001005 | Sei
undelegateCoin(address,uint256) | 1116:0x0000000000000000000000000000000000001011 | CoreDAO CoreAgent Contract
uniswapV3Swap(uint256,uint256,uint256[]) | 1:0x1111111254fb6c44bAC0beD2854e76F90643097d | 1inch Network
uniswapV3SwapTo(address,uint256,uint256,uint256[]) | 1:0x1111111254fb6c44bAC0beD2854e76F90643097d | 1inch Network
uniswapV3SwapTo(uint256,uint256,uint256,uint256[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
uniswapV3SwapToWithBaseRequest(uint256,address,(uint256,address,uint256,uint256,uint256),uint256[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
uniswapV3SwapToWithPermit(address,address,uint256,uint256,uint256[],bytes) | 1:0x1111111254fb6c44bAC0beD2854e76F90643097d | 1inch Network
unlock(uint256) | 42220:0x55E1A0C8f376964bd339167476063bFED7f213d5 | Celo
unoswap(address,uint256,uint256,bytes32[]) | 1:0x11111112542D85B3EF69AE05771c2dCCff4fAa26 | 1inch Network
unoswap(address,uint256,uint256,uint256[]) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
unoswap(uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
unoswap2(uint256,uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
unoswap3(uint256,uint256,uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
unoswapTo(address,address,uint256,uint256,uint256[]) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
unoswapTo(uint256,uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
unoswapTo2(uint256,uint256,uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
unoswapTo3(uint256,uint256,uint256,uint256,uint256,uint256,uint256) | 324:0x6fd4383cB451173D5f9304F041C7BCBf27d561fF | 1inch Network
unoswapToWithPermit(address,address,uint256,uint256,uint256[],bytes) | 1:0x1111111254EEB25477B68fb85Ed929f73A960582 | 1inch Network
unoswapWithPermit(address,uint256,uint256,bytes32[],bytes) | 1:0x11111112542D85B3EF69AE05771c2dCCff4fAa26 | 1inch Network
unpause() | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap
unstake(address) | 1:0x9D39A5DE30e57443BfF2A8307A4256c8797A3497 | Ethena
unstakeClaimTokens_newPOL(uint256) | 1:0xb929b89153fc2eed442e81e5a1add4e2fa39028f | Yield.xyz
unwrap(uint256) | 1:0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0 | Lido DAO
unxswapByOrderId(uint256,uint256,uint256,bytes32[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
unxswapTo(uint256,uint256,uint256,address,bytes32[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
unxswapToWithBaseRequest(uint256,address,(uint256,address,uint256,uint256,uint256),bytes32[]) | 1:0x5E1f62Dac767b0491e3CE72469C217365D5B48cC | OKX Labs
updateAgentStatus(address,uint8,string) | 8453:0xD5667AcB0Ac8108B45f6CDD4774559264098f8de | ALIA Quality Network
updateCustodian(address,string) | 8453:0xfC9cA736d384D482af5d23CC7616765C66244D29 | ALIA Quality Network
updateFirmware(address,string) | 8453:0xD5667AcB0Ac8108B45f6CDD4774559264098f8de | ALIA Quality Network
updateLock(uint256,uint256) | 10:0x521B4C065Bbdbe3E20B3727340730936912DfA46 | WalletConnect Foundation
updateState((bytes32,int160,uint160,bytes32[])) | 1:0xb36fc5e542cb4fc562a624912f55da2758998113 | Serenita B.V.
updateStateAndDeposit(address,address,(bytes32,int160,uint160,bytes32[])) | 1:0xb72668d6ff7a0e318f83097a754c6aed0f8af034 | P2P Staking, Serenita B.V.
updateWhitelistedAddress(address,address) | 1:0xE226E4825CB215aBaFAd98fdd400583eAb6a594f | Layerswap
upvote(uint256,uint256,uint256) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
validateAndConsume(address,uint256,(bytes32,bytes32,uint256,uint256,address,uint256),bytes,address) | 1:0x2DaF4B445E7d659100b22a15c3EeB10e64ac5dC9 | Flying Tulip
vote(address,uint256,address,address) | 42220:0x8D6677192144292870907E3Fa8A5527fE55A7ff6 | Celo
vote(uint256,uint256,uint8) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
votePartially(uint256,uint256,uint256,uint256,uint256) | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo
withdraw((address,address,address,address,uint256),uint256,uint256,address,address) | 1:0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb | Morpho DAO
withdraw() | 42220:0xD533Ca259b330c7A88f74E000a3FaEa2d63B7972 | Celo, CoreDAO Earn Contract
withdraw(address,uint256) | 1:0xbe4050a73a7Fb384c65E885a15C33461A4B20055 | Flying Tulip
withdraw(address,uint256,address) | 1:0x7d2768dE32b0b80b7a3454c06BdAc94A69DDc7A9 | Aave DAO
withdraw(uint256) | 42220:0x55E1A0C8f376964bd339167476063bFED7f213d5 | Celo
withdraw(uint256,address,address) | 146:0x137D66e0a5D4cEEe0A7eDA011bC3aA94931C7234 | Flying Tulip, Kiln, 9Summits, and 13 more
withdrawAll() | 10:0x521B4C065Bbdbe3E20B3727340730936912DfA46 | WalletConnect Foundation
withdrawCollateral((address,address,address,address,uint256),uint256,address,address) | 1:0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb | Morpho DAO
withdrawDelegationRewards(string) | 1329:0x0000000000000000000000000000000000001007 | Sei
withdrawERC20(address) | 1:0xFAe103DC9cf190eD75350761e95403b7b8aFa6c0 | Swell
withdrawETH(address,uint256,address) | 1:0xd01607c3C5eCABa394D8be377a08590149325722 | Aave DAO
withdrawETHWithPermit(address,uint256,address,uint256,uint8,bytes32,bytes32) | 1:0xd01607c3C5eCABa394D8be377a08590149325722 | Aave DAO
withdrawFT(uint256,uint256) | 1:0xbA49d0AC42f4fBA4e24A8677a22218a4dF75ebaA | Flying Tulip
withdrawMultipleDelegationRewards(string[]) | 1329:0x0000000000000000000000000000000000001007 | Sei
withdrawRewardsPOL() | 1:0xb929b89153fc2eed442e81e5a1add4e2fa39028f | Yield.xyz
withdrawValidatorCommission() | 1329:0x0000000000000000000000000000000000001007 | Sei
wrap(uint256) | 1:0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0 | Lido DAO
`;

export interface RegistryCall {
  /** `transfer(address,uint256)`, as the selector hashes it. */
  readonly signature: string;
  readonly chainId: number;
  readonly to: string;
  readonly protocols: string;
}

export const CALLS: readonly RegistryCall[] = LINES.trim()
  .split("\n")
  .map((line) => {
    const [signature = "", place = "", protocols = ""] = line.split(" | ");
    const [chainId, to] = place === "-" ? ["1", `0x${"c0".repeat(20)}`] : place.split(":");
    return { signature, chainId: Number(chainId), to: to ?? "", protocols };
  });
