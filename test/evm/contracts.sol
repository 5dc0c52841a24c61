// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

// Small contracts with the functions that Claviger knows and no artifact offers; bases are OpenZeppelin's.

import "@openzeppelin/contracts/access/AccessControl.sol";
import "@openzeppelin/contracts/access/Ownable2Step.sol";
import "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// The multicalls that are in use; each call is made as the contract itself, so the sender stays.
contract Multicalls {
    function multicall(bytes[] calldata data) public payable {
        for (uint256 i = 0; i < data.length; i++) Address.functionDelegateCall(address(this), data[i]);
    }

    function multicall(uint256 deadline, bytes[] calldata data) external payable {
        require(block.timestamp <= deadline);
        multicall(data);
    }

    function multicall(bytes32, bytes[] calldata data) external payable {
        multicall(data);
    }
}

/// ERC-20 with ERC-2612, EIP-3009, roles, an owner, and a multicall of itself.
contract Coin is ERC20Permit, AccessControl, Ownable2Step, Multicalls {
    bytes32 public constant MINTER = keccak256("MINTER");
    mapping(address => mapping(bytes32 => bool)) public authorizationState;
    bytes32 constant TRANSFER = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 constant RECEIVE = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 constant CANCEL = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    constructor() ERC20("Coin", "C") ERC20Permit("Coin") {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(MINTER, msg.sender);
    }

    function mint(address to, uint256 amount) external onlyRole(MINTER) {
        _mint(to, amount);
    }

    function burn(uint256 amount) external {
        _burn(msg.sender, amount);
    }

    function burnFrom(address account, uint256 amount) external {
        _spendAllowance(account, msg.sender, amount);
        _burn(account, amount);
    }

    function transferWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        uint8 v, bytes32 r, bytes32 s
    ) external {
        _authorized(TRANSFER, from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    function transferWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        bytes memory signature
    ) external {
        _authorized(TRANSFER, from, to, value, validAfter, validBefore, nonce, signature);
    }

    function receiveWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        uint8 v, bytes32 r, bytes32 s
    ) external {
        require(to == msg.sender, "payee");
        _authorized(RECEIVE, from, to, value, validAfter, validBefore, nonce, abi.encodePacked(r, s, v));
    }

    function receiveWithAuthorization(
        address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce,
        bytes memory signature
    ) external {
        require(to == msg.sender, "payee");
        _authorized(RECEIVE, from, to, value, validAfter, validBefore, nonce, signature);
    }

    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(CANCEL, authorizer, nonce)));
        require(ECDSA.recover(digest, v, r, s) == authorizer, "signature");
        authorizationState[authorizer][nonce] = true;
    }

    function _authorized(
        bytes32 kind, address from, address to, uint256 value, uint256 validAfter, uint256 validBefore,
        bytes32 nonce, bytes memory signature
    ) internal {
        require(block.timestamp > validAfter && block.timestamp < validBefore, "time");
        require(!authorizationState[from][nonce], "used");
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(kind, from, to, value, validAfter, validBefore, nonce))
        );
        require(ECDSA.recover(digest, signature) == from, "signature");
        authorizationState[from][nonce] = true;
        _transfer(from, to, value);
    }

    function _msgSender() internal view override returns (address) {
        return msg.sender;
    }

    function _msgData() internal pure override returns (bytes calldata) {
        return msg.data;
    }
}

/// Takes its caller's word, or a forwarder's, for who the sender is.
contract Relayed is ERC20, ERC2771Context {
    constructor(address forwarder) ERC20("Relayed", "R") ERC2771Context(forwarder) {
        _mint(msg.sender, 1e24);
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}

/// Shares that vote.
contract Shares is ERC20Votes {
    constructor() ERC20("Shares", "S") ERC20Permit("Shares") {
        _mint(msg.sender, 1e24);
    }
}

/// DAI's permit: all or nothing, by another type text.
contract DaiLike is ERC20 {
    mapping(address => uint256) public nonces;
    bytes32 public immutable DOMAIN_SEPARATOR;
    bytes32 constant PERMIT =
        keccak256("Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)");

    constructor() ERC20("Dai Stablecoin", "D") {
        DOMAIN_SEPARATOR = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Dai Stablecoin"), keccak256("1"), block.chainid, address(this)
            )
        );
        _mint(msg.sender, 1e24);
    }

    function permit(
        address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s
    ) external {
        bytes32 digest = keccak256(
            abi.encodePacked(
                "\x19\x01", DOMAIN_SEPARATOR, keccak256(abi.encode(PERMIT, holder, spender, nonce, expiry, allowed))
            )
        );
        require(holder != address(0) && ecrecover(digest, v, r, s) == holder, "signature");
        require(expiry == 0 || block.timestamp <= expiry, "expired");
        require(nonce == nonces[holder]++, "nonce");
        _approve(holder, spender, allowed ? type(uint256).max : 0);
    }
}

/// ERC-721 with ERC-4494's permit.
contract Picture is ERC721, EIP712, Multicalls {
    mapping(uint256 => uint256) public nonces;
    bytes32 constant PERMIT =
        keccak256("Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");

    constructor() ERC721("Picture", "P") EIP712("Picture", "1") {}

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }

    function burn(uint256 id) external {
        require(_isApprovedOrOwner(msg.sender, id), "owner");
        _burn(id);
    }

    function permit(address spender, uint256 tokenId, uint256 deadline, bytes memory signature) external {
        require(block.timestamp <= deadline, "expired");
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(PERMIT, spender, tokenId, nonces[tokenId]++, deadline))
        );
        require(ECDSA.recover(digest, signature) == ownerOf(tokenId), "signature");
        _approve(spender, tokenId);
    }
}

contract Items is ERC1155 {
    constructor() ERC1155("") {}

    function mint(address to, uint256 id, uint256 amount) external {
        _mint(to, id, amount, "");
    }

    function burn(address account, uint256 id, uint256 amount) external {
        require(account == msg.sender || isApprovedForAll(account, msg.sender), "owner");
        _burn(account, id, amount);
    }
}

/// Wraps the native coin as WETH9 does.
contract Wrapped is ERC20("Wrapped", "W") {
    receive() external payable {
        deposit();
    }

    function deposit() public payable {
        _mint(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        (bool sent, ) = msg.sender.call{value: amount}("");
        require(sent);
    }
}

/// Takes what its caller allowed it; of nobody else.
contract Router is Multicalls {
    function pay(address token, address to, uint256 amount) external {
        IERC20(token).transferFrom(msg.sender, to, amount);
    }

    receive() external payable {}
}

/// Code to upgrade to, twice deployed.
contract Logic is UUPSUpgradeable {
    address public owner;

    function initialize(address first) external {
        require(owner == address(0));
        owner = first;
    }

    function transferOwnership(address next) external {
        require(msg.sender == owner);
        owner = next;
    }

    function _authorizeUpgrade(address) internal view override {
        require(msg.sender == owner);
    }
}
