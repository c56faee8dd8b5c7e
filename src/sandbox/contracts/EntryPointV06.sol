// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {EntryPointLedger} from "./EntryPoint.sol";

struct UserOperation {
    address sender;
    uint256 nonce;
    bytes initCode;
    bytes callData;
    uint256 callGasLimit;
    uint256 verificationGasLimit;
    uint256 preVerificationGas;
    uint256 maxFeePerGas;
    uint256 maxPriorityFeePerGas;
    bytes paymasterAndData;
    bytes signature;
}

interface IAccountV06 {
    function validateUserOp(UserOperation calldata op, bytes32 hash, uint256 missing) external returns (uint256);
}

interface IPaymasterV06 {
    function validatePaymasterUserOp(UserOperation calldata op, bytes32 hash, uint256 most)
        external
        returns (bytes memory context, uint256 validationData);
}

/// The first EntryPoint that accounts in use rely on, Coinbase Smart Wallet for one. What is left out of it is as in EntryPoint.
/// https://github.com/eth-infinitism/account-abstraction/tree/v0.6.0
contract EntryPointV06 is EntryPointLedger {
    struct Opened {
        bytes32 hash;
        address paymaster;
        uint256 prefund;
    }

    function getUserOpHash(UserOperation calldata op) public view returns (bytes32) {
        bytes memory fields = abi.encode(
            op.sender,
            op.nonce,
            keccak256(op.initCode),
            keccak256(op.callData),
            op.callGasLimit,
            op.verificationGasLimit,
            op.preVerificationGas,
            op.maxFeePerGas,
            op.maxPriorityFeePerGas,
            keccak256(op.paymasterAndData)
        );
        return keccak256(abi.encode(keccak256(fields), address(this), block.chainid));
    }

    function handleOps(UserOperation[] calldata ops, address payable beneficiary) external {
        Opened[] memory opened = new Opened[](ops.length);
        for (uint256 i = 0; i < ops.length; i++) opened[i] = _open(i, ops[i]);
        emit BeforeExecution();
        uint256 collected = 0;
        for (uint256 i = 0; i < ops.length; i++) collected += _execute(ops[i], opened[i]);
        (bool success,) = beneficiary.call{value: collected}("");
        require(success, "AA91 failed send to beneficiary");
    }

    function _open(uint256 index, UserOperation calldata op) private returns (Opened memory opened) {
        opened.hash = getUserOpHash(op);
        opened.prefund = _mostGas(op) * op.maxFeePerGas;
        if (op.paymasterAndData.length > 0) opened.paymaster = address(bytes20(op.paymasterAndData[:20]));
        _deploy(index, op.sender, op.initCode, opened.hash, opened.paymaster);
        _validate(index, op, opened);
        _useNonce(index, op.sender, op.nonce);
        if (opened.paymaster != address(0)) _sponsor(index, op, opened);
    }

    function _validate(uint256 index, UserOperation calldata op, Opened memory opened) private {
        bool pays = opened.paymaster == address(0);
        uint256 held = balanceOf[op.sender];
        uint256 missing = pays && held < opened.prefund ? opened.prefund - held : 0;
        try IAccountV06(op.sender).validateUserOp{gas: op.verificationGasLimit}(op, opened.hash, missing) returns (
            uint256 validationData
        ) {
            if (validationData != 0) revert FailedOp(index, "AA24 signature error");
        } catch {
            revert FailedOp(index, "AA23 reverted (or OOG)");
        }
        if (!pays) return;
        if (balanceOf[op.sender] < opened.prefund) revert FailedOp(index, "AA21 didn't pay prefund");
        balanceOf[op.sender] -= opened.prefund;
    }

    function _sponsor(uint256 index, UserOperation calldata op, Opened memory opened) private {
        if (balanceOf[opened.paymaster] < opened.prefund) revert FailedOp(index, "AA31 paymaster deposit too low");
        balanceOf[opened.paymaster] -= opened.prefund;
        try IPaymasterV06(opened.paymaster).validatePaymasterUserOp(op, opened.hash, opened.prefund) returns (
            bytes memory, uint256 validationData
        ) {
            if (validationData != 0) revert FailedOp(index, "AA34 signature error");
        } catch {
            revert FailedOp(index, "AA33 reverted (or OOG)");
        }
    }

    function _execute(UserOperation calldata op, Opened memory opened) private returns (uint256 cost) {
        uint256 gasBefore = gasleft();
        if (gasleft() * 63 / 64 < op.callGasLimit + 10_000) revert FailedOp(0, "AA95 out of gas");
        (bool success, bytes memory reason) = op.sender.call{gas: op.callGasLimit}(op.callData);
        if (!success) emit UserOperationRevertReason(opened.hash, op.sender, op.nonce, reason);
        // What the validation took is not measured here: half of what it may take stands for it.
        uint256 used = op.preVerificationGas + gasBefore - gasleft() + op.verificationGasLimit / 2;
        uint256 most = _mostGas(op);
        if (used > most) used = most;
        uint256 offered = op.maxPriorityFeePerGas + block.basefee;
        cost = used * (op.maxFeePerGas < offered ? op.maxFeePerGas : offered);
        balanceOf[opened.paymaster == address(0) ? op.sender : opened.paymaster] += opened.prefund - cost;
        emit UserOperationEvent(opened.hash, op.sender, opened.paymaster, op.nonce, success, cost, used);
    }

    /// A paymaster's calls have the limit of the account's, each.
    function _mostGas(UserOperation calldata op) private pure returns (uint256) {
        uint256 checks = op.paymasterAndData.length > 0 ? 3 : 1;
        return op.callGasLimit + op.verificationGasLimit * checks + op.preVerificationGas;
    }
}
