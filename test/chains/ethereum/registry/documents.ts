/**
 * The EIP-712 documents that the public ERC-7730 registry names (ethereum/clear-signing-erc7730-registry, 3b66ba2, August 2026, and
 * the older fork of it): each type text once for each set of domain members. Values of the domain are one protocol's own.
 */
export interface RegistryDocument {
  readonly protocols: string;
  readonly domain: Readonly<Record<string, string | number>>;
  /** encodeType of the primary type (EIP-712). */
  readonly type: string;
}

export const DOCUMENTS: readonly RegistryDocument[] = [
  {
    protocols: "DeGate Exchange Contract",
    domain: {
      name: "DeGate Protocol",
      version: "3.0.1",
      chainId: 1,
      verifyingContract: "0xe63602a9b3dfe983187525ac985fec4f57b24ed5",
    },
    type: "AccountUpdate(address owner,uint32 accountID,uint32 feeTokenID,uint96 maxFee,uint256 publicKey,uint32 validUntil,uint32 nonce)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Act(uint256 publicationActedProfileId,uint256 publicationActedId,uint256 actorProfileId,uint256[] referrerProfileIds,uint256[] referrerPubIds,address actionModuleAddress,bytes actionModuleData,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Ledger Multisig",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "AddAddressBookEntry(AddressBookEntry[] entries,uint256 totp)AddressBookEntry(string alias,address address)",
  },
  {
    protocols: "Ledger Multisig",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "AddProposer(address delegateAddress,uint256 totp)",
  },
  {
    protocols: "Ledger Multisig",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "AuthentAddressBook(uint256 totp)",
  },
  {
    protocols: "GTC Governor Alpha, PoolTogether Governor Alpha",
    domain: {
      name: "GTC Governor Alpha",
      chainId: 1,
      verifyingContract: "0xdbd27635a534a3d3169ef0498beb56fb9c937489",
    },
    type: "Ballot(uint256 proposalId,bool support)",
  },
  {
    protocols: "L2ArbitrumGovernor, ENS Governor, HOP Governor",
    domain: {
      name: "L2ArbitrumGovernor",
      version: "1",
      chainId: 42161,
      verifyingContract: "0xf07ded9dc292157749b6fd268e37df6ea38395b9",
    },
    type: "Ballot(uint256 proposalId,uint8 support)",
  },
  {
    protocols: "Uniswap Governor Bravo",
    domain: {
      name: "Uniswap Governor Bravo",
      chainId: 1,
      verifyingContract: "0x408ed6354d4973f66138c91495f2f2fcbd8724c3",
    },
    type: "Ballot(uint256 proposalId,uint8 support)",
  },
  {
    protocols: "Flying Tulip",
    domain: {
      chainId: 146,
      verifyingContract: "0x9bB958D459a97e3E37E11BeCf842E728167d9114",
    },
    type: "BuyOffer(address buyer,address denominationToken,uint96 minAmountRemaining,uint96 minFt,uint96 minStrike,address paymentToken,uint96 price,uint256 nonce,uint40 deadline)",
  },
  {
    protocols: "Flying Tulip",
    domain: {
      name: "FT SessionManager",
      version: "1",
      chainId: 1,
      verifyingContract: "0xF9f3ddF2E96Cabef94e2634c326DC6dde99360f8",
    },
    type: "CancelOrder(string orderId)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "ChangeDelegatedExecutorsConfig(uint256 delegatorProfileId,address[] delegatedExecutors,bool[] approvals,uint64 configNumber,bool switchToGivenConfig,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Comment(uint256 profileId,string contentURI,uint256 pointedProfileId,uint256 pointedPubId,uint256[] referrerProfileIds,uint256[] referrerPubIds,bytes referenceModuleData,address[] actionModules,bytes[] actionModulesInitDatas,address referenceModule,bytes referenceModuleInitData,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Ledger Multisig",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "Delegate(address delegateAddress,uint256 totp)",
  },
  {
    protocols: "Arbitrum, Ethereum Name Service, Hop",
    domain: {
      name: "Arbitrum",
      version: "1",
      chainId: 42161,
      verifyingContract: "0x912ce59144191c1204e64559fe8253a0e49e6548",
    },
    type: "Delegation(address delegatee,uint256 nonce,uint256 expiry)",
  },
  {
    protocols: "Gitcoin, PoolTogether, Uniswap",
    domain: {
      name: "Gitcoin",
      chainId: 1,
      verifyingContract: "0xde30da39c46104798bb5aa3fe8b9e0e1f348163f",
    },
    type: "Delegation(address delegatee,uint256 nonce,uint256 expiry)",
  },
  {
    protocols: "Ledger Multisig",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "DeleteRequest(bytes32 safeTxHash,uint256 totp)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Follow(uint256 followerProfileId,uint256[] idsOfProfilesToFollow,uint256[] followTokenIds,bytes[] datas,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Dispatch.xyz",
    domain: {
      name: "Lens Protocol Profiles",
      version: "1",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "FollowWithSig(address follower,uint256[] profileIds,bytes[] datas,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Hyperliquid Labs",
    domain: {
      name: "HyperliquidSignTransaction",
      version: "1",
      chainId: 1,
      verifyingContract: "0x0000000000000000000000000000000000000000",
    },
    type: "HyperliquidTransaction:Withdraw(string hyperliquidChain,string destination,string amount,uint64 time)",
  },
  {
    protocols: "Flying Tulip",
    domain: {
      name: "LeverageRfqEngine",
      version: "1",
      chainId: 1,
      verifyingContract: "0x8263a07504d93cB95e0a74f3627bb15faaf140e2",
    },
    type: "LeveragedOrder(uint8 action,address user,address sellToken,address buyToken,uint256 sellAmount,uint256 buyAmount,uint32 validTo,uint256 feeAmount)",
  },
  {
    protocols: "SMARTCREDIT",
    domain: {
      name: "Credit Line",
      version: "1.0.0",
      chainId: 1,
      verifyingContract: "0x72e9d9038ce484ee986fea183f8d8df93f9ada13",
    },
    type: "LoanRequest(address collateralAddress,uint256 initialCollateralAmount,uint256 loanAmount,bytes32 loanId,uint64 loanInterestRate,uint64 loanTerm,address underlyingAddress)",
  },
  {
    protocols: "Rarible ExchangeV2",
    domain: {
      name: "Rarible",
      version: "1",
      verifyingContract: "0x9757f2d2b135150bbeb65308d4a91804107cd8d6",
      salt: "0x0000000000000000000000000000000000000000000000000000000000000089",
    },
    type: "MetaTransaction(uint256 nonce,address from,bytes functionSignature)",
  },
  {
    protocols: "Rarible ERC-1155 Collection",
    domain: {
      name: "Rarible",
      version: "2",
      chainId: 1,
      verifyingContract: "0xb66a603f4cfe17e3d27b87a8bfcad319856518b8",
    },
    type: "Mint1155(uint256 tokenId,uint256 supply,string tokenURI,Part[] creators,Part[] royalties)Part(address account,uint96 value)",
  },
  {
    protocols: "Rarible ERC-721 Collection",
    domain: {
      name: "Rarible",
      version: "2",
      chainId: 1,
      verifyingContract: "0xc9154424b823b10579895ccbe442d41b9abd96ed",
    },
    type: "Mint721(uint256 tokenId,string tokenURI,Part[] creators,Part[] royalties)Part(address account,uint96 value)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Mirror(uint256 profileId,string metadataURI,uint256 pointedProfileId,uint256 pointedPubId,uint256[] referrerProfileIds,uint256[] referrerPubIds,bytes referenceModuleData,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Wyvern Exchange Contract",
    domain: {
      name: "Wyvern Exchange Contract",
      version: "2.3",
      chainId: 1,
      verifyingContract: "0x7f268357a8c2552623316e2562d90e642bb538e5",
    },
    type: "Order(address exchange,address maker,address taker,uint256 makerRelayerFee,uint256 takerRelayerFee,uint256 makerProtocolFee,uint256 takerProtocolFee,address feeRecipient,uint8 feeMethod,uint8 side,uint8 saleKind,address target,uint8 howToCall,bytes calldata,bytes replacementPattern,address staticTarget,bytes staticExtradata,address paymentToken,uint256 basePrice,uint256 extra,uint256 listingTime,uint256 expirationTime,uint256 salt,uint256 nonce)",
  },
  {
    protocols: "Rarible ExchangeV2, RaribleExchangeWrapper",
    domain: {
      name: "Rarible",
      version: "2",
      chainId: 1,
      verifyingContract: "0x9757f2d2b135150bbeb65308d4a91804107cd8d6",
    },
    type: "Order(address maker,Asset makeAsset,address taker,Asset takeAsset,uint256 salt,uint256 start,uint256 end,bytes4 dataType,bytes data)Asset(AssetType assetType,uint256 value)AssetType(bytes4 assetClass,bytes data)",
  },
  {
    protocols: "Velora",
    domain: {
      name: "Velora",
      version: "1",
      chainId: 1,
      verifyingContract: "0x0000000000bbf5c5fd284e657f01bd000933c96d",
    },
    type: "Order(address owner,address beneficiary,address srcToken,address destToken,uint256 srcAmount,uint256 destAmount,uint256 expectedAmount,uint256 deadline,uint8 kind,uint256 nonce,uint256 partnerAndFee,bytes permit,bytes metadata,Bridge bridge)Bridge(bytes4 protocolSelector,uint256 destinationChainId,address outputToken,int8 scalingFactor,bytes protocolData)",
  },
  {
    protocols: "AugustusRFQ",
    domain: {
      name: "AUGUSTUS RFQ",
      version: "1",
      chainId: 1,
      verifyingContract: "0xe92b586627cca7a83dc919cc7127196d70f55a06",
    },
    type: "Order(uint256 nonceAndMeta,uint128 expiry,address makerAsset,address takerAsset,address maker,address taker,uint256 makerAmount,uint256 takerAmount)",
  },
  {
    protocols: "1inch AggregationRouterV6",
    domain: {
      name: "1inch Aggregation Router",
      version: "6",
      chainId: 1,
      verifyingContract: "0x111111125421cA6dc452d289314280a0f8842A65",
    },
    type: "Order(uint256 salt,address maker,address receiver,address makerAsset,address takerAsset,uint256 makingAmount,uint256 takingAmount,uint256 makerTraits)",
  },
  {
    protocols: "AugustusRFQ",
    domain: {
      name: "AUGUSTUS RFQ",
      version: "1",
      chainId: 1,
      verifyingContract: "0xe92b586627cca7a83dc919cc7127196d70f55a06",
    },
    type: "OrderNFT(uint256 nonceAndMeta,uint128 expiry,uint256 makerAsset,uint256 makerAssetId,uint256 takerAsset,uint256 takerAssetId,address maker,address taker,uint256 makerAmount,uint256 takerAmount)",
  },
  {
    protocols: "1inch Limit Order Protocol",
    domain: {
      name: "1inch Limit Order Protocol",
      version: "2",
      chainId: 1,
      verifyingContract: "0x119c71d3bbac22029622cbaec24854d3d32d2828",
    },
    type: "OrderStructure(uint256 salt,address maker,address receiver,address makerAsset,address takerAsset,uint256 makingAmount,uint256 takingAmount,uint256 makerTraits)",
  },
  {
    protocols: "Dai Stablecoin v2.0, (PoS) Dai Stablecoin",
    domain: {
      name: "Dai Stablecoin",
      version: "1",
      chainId: 1,
      verifyingContract: "0x6b175474e89094c44da98b954eedeac495271d0f",
    },
    type: "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)",
  },
  {
    protocols: "any token, Arbitrum, USDC (bridged), Dai Stablecoin, and 48 more",
    domain: {
      name: "Example",
      version: "1",
      chainId: 1,
      verifyingContract: "0x00000000000000000000000000000000000000c0",
    },
    type: "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,DutchOrder witness)DutchOrder(OrderInfo info,uint256 decayStartTime,uint256 decayEndTime,address inputToken,uint256 inputStartAmount,uint256 inputEndAmount,DutchOutput[] outputs)DutchOutput(address token,uint256 startAmount,uint256 endAmount,address recipient)OrderInfo(address reactor,address swapper,uint256 nonce,uint256 deadline,address additionalValidationContract,bytes additionalValidationData)TokenPermissions(address token,uint256 amount)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,ExclusiveDutchOrder witness)DutchOutput(address token,uint256 startAmount,uint256 endAmount,address recipient)ExclusiveDutchOrder(OrderInfo info,uint256 decayStartTime,uint256 decayEndTime,address exclusiveFiller,uint256 exclusivityOverrideBps,address inputToken,uint256 inputStartAmount,uint256 inputEndAmount,DutchOutput[] outputs)OrderInfo(address reactor,address swapper,uint256 nonce,uint256 deadline,address additionalValidationContract,bytes additionalValidationData)TokenPermissions(address token,uint256 amount)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,LimitOrder witness)LimitOrder(OrderInfo info,address inputToken,uint256 inputAmount,OutputToken[] outputs)OrderInfo(address reactor,address swapper,uint256 nonce,uint256 deadline,address additionalValidationContract,bytes additionalValidationData)OutputToken(address token,uint256 amount,address recipient)TokenPermissions(address token,uint256 amount)",
  },
  {
    protocols: "Uniswap Labs",
    domain: {
      name: "Permit2",
      chainId: 1,
      verifyingContract: "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    },
    type: "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,V2DutchOrder witness)DutchOutput(address token,uint256 startAmount,uint256 endAmount,address recipient)OrderInfo(address reactor,address swapper,uint256 nonce,uint256 deadline,address additionalValidationContract,bytes additionalValidationData)TokenPermissions(address token,uint256 amount)V2DutchOrder(OrderInfo info,address cosigner,address baseInputToken,uint256 baseInputStartAmount,uint256 baseInputEndAmount,DutchOutput[] baseOutputs)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Post(uint256 profileId,string contentURI,address[] actionModules,bytes[] actionModulesInitDatas,address referenceModule,bytes referenceModuleInitData,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Quote(uint256 profileId,string contentURI,uint256 pointedProfileId,uint256 pointedPubId,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Circle Internet Financial",
    domain: {
      name: "USD Coin",
      version: "2",
      chainId: 1,
      verifyingContract: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
    },
    type: "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
  },
  {
    protocols: "Ledger Multisig",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "RemoveProposer(address delegateAddress,uint256 totp)",
  },
  {
    protocols: "Safe 1.3.0, Safe 1.4.1, Safe 1.5.0, Safe L2 1.3.0, and 2 more",
    domain: {
      chainId: 1,
      verifyingContract: "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552",
    },
    type: "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)",
  },
  {
    protocols: "Flying Tulip",
    domain: {
      name: "FT SessionManager",
      version: "1",
      chainId: 1,
      verifyingContract: "0xF9f3ddF2E96Cabef94e2634c326DC6dde99360f8",
    },
    type: "Session(address owner,address delegate,uint48 validAfter,uint48 validUntil,uint32 maxCalls,uint16 maxFeeBps,AssetLimit[] limits,bytes32 salt)AssetLimit(address token,uint256 limit)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "SetFollowModule(uint256 profileId,address followModule,bytes followModuleInitData,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "SetProfileMetadataURI(uint256 profileId,string metadataURI,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "Flying Tulip",
    domain: {
      name: "FT SessionManager",
      version: "1",
      chainId: 1,
      verifyingContract: "0xF9f3ddF2E96Cabef94e2634c326DC6dde99360f8",
    },
    type: "TpslGroupCancel(address user,string positionId,string tpslGroupId,uint256 deadline)",
  },
  {
    protocols: "DeGate Exchange Contract",
    domain: {
      name: "DeGate Protocol",
      version: "3.0.1",
      chainId: 1,
      verifyingContract: "0xe63602a9b3dfe983187525ac985fec4f57b24ed5",
    },
    type: "Transfer(address owner,uint32 accountID,uint32 tokenID,uint248 amount,uint32 feeTokenID,uint96 maxFee,address to,uint32 validUntil,uint32 storageID)",
  },
  {
    protocols: "Circle Internet Financial",
    domain: {
      name: "USD Coin",
      version: "2",
      chainId: 1,
      verifyingContract: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
    },
    type: "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "Unfollow(uint256 unfollowerProfileId,uint256[] idsOfProfilesToUnfollow,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "DeGate Exchange Contract",
    domain: {
      name: "DeGate Protocol",
      version: "3.0.1",
      chainId: 1,
      verifyingContract: "0xe63602a9b3dfe983187525ac985fec4f57b24ed5",
    },
    type: "Withdrawal(address owner,uint32 accountID,uint32 tokenID,uint248 amount,uint32 feeTokenID,uint96 maxFee,address to,uint248 minGas,uint32 validUntil,uint32 storageID)",
  },
  {
    protocols: "Lombard Finance",
    domain: {
      name: "Lombard Staked Bitcoin",
      version: "1",
      chainId: 1,
      verifyingContract: "0x8236a87084f8B84306f72007F36F2618A5634494",
    },
    type: "feeApproval(uint256 chainId,uint256 fee,uint256 expiry)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "follow_with_sign(uint256 followerProfileId,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "link(uint256 handle_id,uint256 profile_id)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "link_with_sig(uint256 handle_id,uint256 profile_id,uint256 signatureDeadline)",
  },
  {
    protocols: "Ledger",
    domain: {
      name: "Ledger Quest",
      version: "1",
      chainId: 137,
      verifyingContract: "0x33c6eec1723b12c46732f7ab41398de45641fa42",
    },
    type: "mint(address receiver,uint256 categoryId,uint256 collectionId)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "mint(uint256 to,uint256 profile_id,uint256 profile_id_pointed,uint256 pubid_pointed)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "mirror_with_sig(uint256 profile_id,uint256 profile_id_pointed,uint256 pubid_pointed,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "post_with_sign(uint256 profile_id,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "quote_with_sign(uint256 profile_id,uint256 profile_id_pointed,uint256 pubid_pointed,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "set_block_status(uint256 byProfileId,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "set_block_status_with_sig(uint256 byProfileId,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "set_profile_metadata_with_sign(uint256 profileId,uint256 signatureDeadline)",
  },
  {
    protocols: "LensHub",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xdb46d1dc155634fbc732f92e853b10b288ad5a1d",
    },
    type: "unfollow_with_sign(uint256 unfollowerProfileId,uint256 signatureDeadline)",
  },
  {
    protocols: "TokenHandleRegistry",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xd4f2f33680fccb36748fa9831851643781608844",
    },
    type: "unlink(uint256 handleId,uint256 profileId,uint256 nonce,uint256 deadline)",
  },
  {
    protocols: "TokenHandleRegistry",
    domain: {
      name: "Lens Protocol Profiles",
      version: "2",
      chainId: 137,
      verifyingContract: "0xd4f2f33680fccb36748fa9831851643781608844",
    },
    type: "unlink_with_sig(uint256 handle_id,uint256 profile_id,uint256 signatureDeadline)",
  },
];
