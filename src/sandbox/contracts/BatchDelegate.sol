// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

/// Code that an account may delegate to under EIP-7702, and that makes several calls in one transaction of the account to
/// itself: all of them, or none. The part of ERC-7821 without data for the account.
/// https://eips.ethereum.org/EIPS/eip-7821
contract BatchDelegate {
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    receive() external payable {}

    function supportsExecutionMode(bytes32 mode) public pure returns (bool) {
        return bytes10(mode) == bytes10(0x01000000000000000000);
    }

    function execute(bytes32 mode, bytes calldata executionData) external payable {
        require(supportsExecutionMode(mode), "UNSUPPORTED_MODE");
        require(msg.sender == address(this), "UNAUTHORIZED");
        Call[] memory calls = abi.decode(executionData, (Call[]));
        for (uint256 i = 0; i < calls.length; i++) {
            address to = calls[i].to == address(0) ? address(this) : calls[i].to;
            (bool success, bytes memory reason) = to.call{value: calls[i].value}(calls[i].data);
            if (success) continue;
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}
