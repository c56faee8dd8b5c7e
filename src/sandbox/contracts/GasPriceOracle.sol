// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

/// The fees that an OP-stack chain charges beside gas: here a price per byte and a constant, both settable by anyone.
contract GasPriceOracle {
    uint256 public l1FeePerByte = 10_000_000;
    uint256 public operatorFee;

    function setFees(uint256 l1FeePerByte_, uint256 operatorFee_) external {
        l1FeePerByte = l1FeePerByte_;
        operatorFee = operatorFee_;
    }

    function getL1Fee(bytes calldata unsignedTransaction) external view returns (uint256) {
        return _fee(unsignedTransaction.length);
    }

    /// Twice the size stands for data that does not compress.
    function getL1FeeUpperBound(uint256 unsignedTransactionSize) external view returns (uint256) {
        return _fee(2 * unsignedTransactionSize);
    }

    function getOperatorFee(uint256) external view returns (uint256) {
        return operatorFee;
    }

    /// 68 bytes are the signature that is not there yet.
    function _fee(uint256 size) private view returns (uint256) {
        return (size + 68) * l1FeePerByte;
    }
}
