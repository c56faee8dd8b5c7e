// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {StakingBase} from "./StakingBase.sol";

/// The form of Venice's published guide, which is not the one deployed.
contract StakingOneArgument is StakingBase {
    function stake(uint256 amount) external {
        _stake(msg.sender, amount);
    }
}
