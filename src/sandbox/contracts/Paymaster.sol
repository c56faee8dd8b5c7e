// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {IPaymaster, PackedUserOperation} from "./EntryPoint.sol";
import {IPaymasterV06, UserOperation} from "./EntryPointV06.sol";

/// Pays for the very operation that its service has signed: other calls, gas or fees are not paid for.
contract Paymaster is IPaymaster, IPaymasterV06 {
    address public immutable service;

    constructor(address service_) {
        service = service_;
    }

    function validatePaymasterUserOp(PackedUserOperation calldata op, bytes32, uint256)
        external
        view
        returns (bytes memory context, uint256 validationData)
    {
        bytes32 gas = keccak256(abi.encode(op.accountGasLimits, op.paymasterAndData[20:52], op.preVerificationGas, op.gasFees));
        return ("", _isSigned(_hash(op.sender, op.nonce, op.initCode, op.callData, gas), op.paymasterAndData[52:]) ? 0 : 1);
    }

    function validatePaymasterUserOp(UserOperation calldata op, bytes32, uint256)
        external
        view
        returns (bytes memory context, uint256 validationData)
    {
        bytes32 gas = keccak256(
            abi.encode(
                op.callGasLimit, op.verificationGasLimit, op.preVerificationGas, op.maxFeePerGas, op.maxPriorityFeePerGas
            )
        );
        return ("", _isSigned(_hash(op.sender, op.nonce, op.initCode, op.callData, gas), op.paymasterAndData[20:]) ? 0 : 1);
    }

    function _hash(address sender, uint256 nonce, bytes calldata initCode, bytes calldata callData, bytes32 gas)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(block.chainid, address(this), sender, nonce, keccak256(initCode), keccak256(callData), gas)
        );
    }

    function _isSigned(bytes32 hash, bytes calldata signature) private view returns (bool) {
        if (signature.length != 65) return false;
        return ecrecover(hash, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64])) == service;
    }
}
