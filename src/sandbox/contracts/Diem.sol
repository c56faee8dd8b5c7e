// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {Token} from "./Token.sol";

/// DIEM: minted and burnt by the staking contract, staked inside the token itself.
contract Diem is Token {
    struct StakedInfo {
        uint256 amountStaked;
        uint256 coolDownEnd;
        uint256 coolDownAmount;
    }

    address public immutable minter;
    uint256 public constant cooldownDuration = 1 days;
    uint256 public totalStaked;
    mapping(address => StakedInfo) public stakedInfos;

    modifier onlyMinter() {
        require(msg.sender == minter, "UNAUTHORIZED");
        _;
    }

    constructor(address minter_) Token("Diem", "DIEM", 18) {
        minter = minter_;
    }

    function mint(address to, uint256 amount) external onlyMinter {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external onlyMinter {
        _burn(from, amount);
    }

    function stake(uint256 amount) external {
        require(amount > 0, "STAKE_ZERO");
        _transfer(msg.sender, address(this), amount);
        stakedInfos[msg.sender].amountStaked += amount;
        totalStaked += amount;
    }

    /// Lowers the stake at once. A further call adds to the amount that cools down and starts its time anew.
    function initiateUnstake(uint256 amount) external {
        require(amount > 0, "UNSTAKE_ZERO");
        StakedInfo storage info = stakedInfos[msg.sender];
        require(info.amountStaked >= amount, "INSUFFICIENT_BALANCE");
        info.amountStaked -= amount;
        info.coolDownAmount += amount;
        info.coolDownEnd = block.timestamp + cooldownDuration;
        totalStaked -= amount;
    }

    function unstake() external {
        StakedInfo storage info = stakedInfos[msg.sender];
        uint256 amount = info.coolDownAmount;
        require(amount > 0, "NO_COOLDOWN");
        require(block.timestamp >= info.coolDownEnd, "COOLDOWN_NOT_OVER");
        info.coolDownAmount = 0;
        _transfer(address(this), msg.sender, amount);
    }
}
