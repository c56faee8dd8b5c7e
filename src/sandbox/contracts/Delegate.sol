// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

/// Code that an account may delegate to under EIP-7702. It only accepts what it is sent.
contract Delegate {
    receive() external payable {}
}
