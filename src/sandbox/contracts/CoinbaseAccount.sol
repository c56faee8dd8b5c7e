// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {IAccountV06, UserOperation} from "./EntryPointV06.sol";

/// What clients see of Coinbase Smart Wallet: its calls, its form of a signature, and its addresses. Owners are EOAs; passkeys,
/// changes of owners and upgrades are left out.
/// https://github.com/coinbase/smart-wallet
contract CoinbaseAccount is IAccountV06 {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    struct SignatureWrapper {
        uint256 ownerIndex;
        bytes signatureData;
    }

    address private constant ENTRY_POINT = 0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789;
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant MESSAGE = keccak256("CoinbaseSmartWalletMessage(bytes32 hash)");

    bytes[] private owners;

    receive() external payable {}

    modifier onlyEntryPointOrOwner() {
        require(msg.sender == ENTRY_POINT || _isOwner(msg.sender), "Unauthorized");
        _;
    }

    function initialize(bytes[] calldata owners_) external payable {
        require(owners.length == 0, "Initialized");
        for (uint256 i = 0; i < owners_.length; i++) owners.push(owners_[i]);
    }

    function entryPoint() external pure returns (address) {
        return ENTRY_POINT;
    }

    function ownerAtIndex(uint256 index) external view returns (bytes memory) {
        return owners[index];
    }

    function validateUserOp(UserOperation calldata op, bytes32 hash, uint256 missing) external returns (uint256) {
        require(msg.sender == ENTRY_POINT, "Unauthorized");
        if (missing > 0) {
            (bool success,) = msg.sender.call{value: missing}("");
            (success);
        }
        return _isSigned(hash, op.signature) ? 0 : 1;
    }

    function execute(address target, uint256 value, bytes calldata data) external payable onlyEntryPointOrOwner {
        _call(target, value, data);
    }

    function executeBatch(Call[] calldata calls) external payable onlyEntryPointOrOwner {
        for (uint256 i = 0; i < calls.length; i++) _call(calls[i].target, calls[i].value, calls[i].data);
    }

    /// ERC-1271, over a hash that is bound to this account.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _isSigned(replaySafeHash(hash), signature) ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function replaySafeHash(bytes32 hash) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256("Coinbase Smart Wallet"), keccak256("1"), block.chainid, address(this))
        );
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(MESSAGE, hash))));
    }

    function _call(address target, uint256 value, bytes calldata data) private {
        (bool success, bytes memory reason) = target.call{value: value}(data);
        if (success) return;
        assembly {
            revert(add(reason, 32), mload(reason))
        }
    }

    function _isOwner(address account) private view returns (bool) {
        for (uint256 i = 0; i < owners.length; i++) if (keccak256(owners[i]) == keccak256(abi.encode(account))) return true;
        return false;
    }

    function _isSigned(bytes32 hash, bytes calldata wrapped) private view returns (bool) {
        SignatureWrapper memory signature = abi.decode(wrapped, (SignatureWrapper));
        if (signature.ownerIndex >= owners.length || signature.signatureData.length != 65) return false;
        bytes memory data = signature.signatureData;
        bytes32 r;
        bytes32 s;
        assembly {
            r := mload(add(data, 32))
            s := mload(add(data, 64))
        }
        address signer = ecrecover(hash, uint8(data[64]), r, s);
        return signer != address(0) && keccak256(owners[signature.ownerIndex]) == keccak256(abi.encode(signer));
    }
}

contract CoinbaseAccountFactory {
    address public immutable implementation;

    constructor(address implementation_) {
        implementation = implementation_;
    }

    function createAccount(bytes[] calldata owners, uint256 nonce) external payable returns (address account) {
        account = getAddress(owners, nonce);
        if (account.code.length > 0) return account;
        bytes memory code = _initCode();
        bytes32 salt = _salt(owners, nonce);
        assembly {
            account := create2(0, add(code, 32), mload(code), salt)
        }
        CoinbaseAccount(payable(account)).initialize(owners);
    }

    function getAddress(bytes[] calldata owners, uint256 nonce) public view returns (address) {
        bytes32 code = keccak256(_initCode());
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), _salt(owners, nonce), code));
        return address(uint160(uint256(hash)));
    }

    function _salt(bytes[] calldata owners, uint256 nonce) private pure returns (bytes32) {
        return keccak256(abi.encode(owners, nonce));
    }

    /// The minimal ERC-1967 proxy that the accounts on Base are: it is part of their addresses.
    function _initCode() private view returns (bytes memory) {
        return abi.encodePacked(
            hex"603d3d8160223d3973",
            implementation,
            hex"60095155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076",
            hex"cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3"
        );
    }
}
