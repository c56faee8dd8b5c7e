// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {StakingBase} from "./StakingBase.sol";

/// Refuses every stake with a reason that no client knows.
contract StakingReverting is StakingBase {
    function stake(address, uint256) external pure {
        revert("STAKING_PAUSED");
    }
}
