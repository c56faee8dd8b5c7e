// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {IAccount, PackedUserOperation} from "./EntryPoint.sol";

/// An account of one owner that acts through user operations, with the interface of the reference implementation.
contract SmartAccount is IAccount {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    address public immutable entryPoint;
    address public immutable owner;

    constructor(address entryPoint_, address owner_) {
        entryPoint = entryPoint_;
        owner = owner_;
    }

    receive() external payable {}

    function validateUserOp(PackedUserOperation calldata op, bytes32 hash, uint256 missing) external returns (uint256) {
        require(msg.sender == entryPoint, "account: not from EntryPoint");
        bytes32 signed = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
        if (missing > 0) {
            (bool success,) = msg.sender.call{value: missing}("");
            (success);
        }
        return _signer(signed, op.signature) == owner ? 0 : 1;
    }

    function executeBatch(Call[] calldata calls) external {
        require(msg.sender == entryPoint || msg.sender == owner, "account: not Owner or EntryPoint");
        for (uint256 i = 0; i < calls.length; i++) {
            (bool success, bytes memory reason) = calls[i].target.call{value: calls[i].value}(calls[i].data);
            if (success) continue;
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }

    /// ERC-1271.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _signer(hash, signature) == owner ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function _signer(bytes32 hash, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) return address(0);
        return ecrecover(hash, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
    }
}

contract SmartAccountFactory {
    function createAccount(address entryPoint, address owner) external returns (address) {
        address account = getAddress(entryPoint, owner);
        if (account.code.length > 0) return account;
        return address(new SmartAccount{salt: 0}(entryPoint, owner));
    }

    function getAddress(address entryPoint, address owner) public view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(SmartAccount).creationCode, abi.encode(entryPoint, owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), bytes32(0), code)))));
    }
}
