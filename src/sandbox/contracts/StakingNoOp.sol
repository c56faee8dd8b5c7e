// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {StakingBase} from "./StakingBase.sol";

/// Hostile: `stake` succeeds and does nothing.
contract StakingNoOp is StakingBase {
    function stake(address, uint256) external {}
}
