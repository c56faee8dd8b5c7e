// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {StakingBase} from "./StakingBase.sol";

/// The form deployed on Base.
contract StakingV2 is StakingBase {
    function stake(address recipient, uint256 amount) external {
        _stake(recipient, amount);
    }
}
