// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts-upgradeable/proxy/utils/UUPSUpgradeable.sol";
import {Diem} from "./Diem.sol";
import {DiemCurve} from "./DiemCurve.sol";
import {Venice} from "./Venice.sol";

/// Venice's staking contract and the sVVV token, without the `stake` function that its variants differ in.
/// Rewards are newly minted VVV, paid whenever an account's stake is touched.
abstract contract StakingBase is UUPSUpgradeable, OwnableUpgradeable, DiemCurve {
    struct Stake {
        uint256 rewardDebt;
        uint256 cooldownEnd;
        uint256 cooldownAmount;
    }

    struct LockedStake {
        uint256 sVVVLockedAmount;
        uint256 outstandingDiemAmount;
    }

    uint256 private constant REWARD_SCALE = 1e36;
    /// The treasury's part, in percent, of what locked sVVV earns.
    uint256 private constant LOCKED_FEE = 20;

    string public constant name = "Staked VVV";
    string public constant symbol = "sVVV";
    uint8 public constant decimals = 18;

    Venice public venice;
    Diem public diem;
    address public treasury;
    uint256 public totalSupply;
    uint256 public totalLockedStakedVVV;
    uint256 public cooldownDuration;
    uint256 public emissionRatePerSecond;
    uint256 public accRewardPerShare;
    uint256 public lastRewardTimestamp;
    /// sVVV of an account, locked sVVV included.
    mapping(address => uint256) public balanceOf;
    mapping(address => Stake) public stakes;
    mapping(address => LockedStake) public lockedStakes;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Staked(address indexed account, uint256 amount);
    event Claimed(address indexed account, uint256 amount);
    event DiemMinted(uint256 sVVVAmount, uint256 diemAmount);
    event DiemBurned(uint256 sVVVAmount, uint256 diemAmount);

    constructor() {
        _disableInitializers();
    }

    function initialize(Venice venice_, Diem diem_, address owner_, uint256 emissionRate) external initializer {
        __Ownable_init(owner_);
        venice = venice_;
        diem = diem_;
        treasury = owner_;
        cooldownDuration = 7 days;
        emissionRatePerSecond = emissionRate;
        lastRewardTimestamp = block.timestamp;
    }

    /// Pays what the account has earned so far, then starts counting from its new stake. The contract holds the rewards
    /// of all accounts: it mints them to itself, and the treasury's part to the treasury, once a second at most.
    modifier settles(address account) {
        _mintRewards();
        uint256 reward = _reward(account);
        if (reward > 0) {
            venice.transfer(account, reward);
            emit Claimed(account, reward);
        }
        _;
        stakes[account].rewardDebt = balanceOf[account] * accRewardPerShare / REWARD_SCALE;
    }

    function claim() external settles(msg.sender) {}

    /// Burns unlocked sVVV at once; `finalizeUnstake` pays it out after the cooldown. One at a time.
    function initiateUnstake(uint256 amount) external settles(msg.sender) {
        require(amount > 0, "UNSTAKE_ZERO");
        require(balanceOfUnlocked(msg.sender) >= amount, "INSUFFICIENT_BALANCE");
        Stake storage own = stakes[msg.sender];
        require(own.cooldownAmount == 0, "COOLDOWN_IN_PROGRESS");
        own.cooldownAmount = amount;
        own.cooldownEnd = block.timestamp + cooldownDuration;
        balanceOf[msg.sender] -= amount;
        totalSupply -= amount;
        emit Transfer(msg.sender, address(0), amount);
    }

    function finalizeUnstake() external settles(msg.sender) {
        Stake storage own = stakes[msg.sender];
        uint256 amount = own.cooldownAmount;
        require(amount > 0, "NO_COOLDOWN");
        require(block.timestamp >= own.cooldownEnd, "COOLDOWN_NOT_OVER");
        own.cooldownAmount = 0;
        venice.transfer(msg.sender, amount);
    }

    function mintDiem(uint256 sVVVAmountToLock, uint256 minDiemAmountOut) external settles(msg.sender) {
        require(sVVVAmountToLock > 0, "LOCK_ZERO");
        require(balanceOfUnlocked(msg.sender) >= sVVVAmountToLock, "INSUFFICIENT_BALANCE");
        uint256 out = getDiemAmountOut(sVVVAmountToLock);
        require(out >= minDiemAmountOut, "MIN_AMOUNT_OUT");
        LockedStake storage lock = lockedStakes[msg.sender];
        lock.sVVVLockedAmount += sVVVAmountToLock;
        lock.outstandingDiemAmount += out;
        totalLockedStakedVVV += sVVVAmountToLock;
        diem.mint(msg.sender, out);
        emit DiemMinted(sVVVAmountToLock, out);
    }

    /// Unlocks sVVV in proportion to the DIEM burnt.
    function burnDiem(uint256 diemAmountToBurn) external settles(msg.sender) {
        require(diemAmountToBurn > 0, "BURN_ZERO");
        LockedStake storage lock = lockedStakes[msg.sender];
        require(lock.outstandingDiemAmount >= diemAmountToBurn, "INSUFFICIENT_SUPPLY");
        uint256 unlocked = diemAmountToBurn * lock.sVVVLockedAmount / lock.outstandingDiemAmount;
        lock.sVVVLockedAmount -= unlocked;
        lock.outstandingDiemAmount -= diemAmountToBurn;
        totalLockedStakedVVV -= unlocked;
        diem.burn(msg.sender, diemAmountToBurn);
        emit DiemBurned(unlocked, diemAmountToBurn);
    }

    function getDiemAmountOut(uint256 sVVVAmountToLock) public view returns (uint256) {
        return _quoteDiem(diem.totalSupply(), sVVVAmountToLock);
    }

    function balanceOfUnlocked(address account) public view returns (uint256) {
        return balanceOf[account] - lockedStakes[account].sVVVLockedAmount;
    }

    function pendingRewards(address account) external view returns (uint256) {
        return _reward(account);
    }

    function setCooldownDuration(uint256 duration) external onlyOwner {
        cooldownDuration = duration;
    }

    function allowance(address, address) external pure returns (uint256) {
        return 0;
    }

    function approve(address, uint256) external pure returns (bool) {
        revert("NOT_TRANSFERRABLE");
    }

    function transfer(address, uint256) external pure returns (bool) {
        revert("NOT_TRANSFERRABLE");
    }

    function transferFrom(address, address, uint256) external pure returns (bool) {
        revert("NOT_TRANSFERRABLE");
    }

    function _stake(address recipient, uint256 amount) internal settles(recipient) {
        require(amount > 0, "STAKE_ZERO");
        balanceOf[recipient] += amount;
        totalSupply += amount;
        emit Transfer(address(0), recipient, amount);
        venice.transferFrom(msg.sender, address(this), amount);
        emit Staked(recipient, amount);
    }

    function _mintRewards() private {
        uint256 emitted = totalSupply == 0 ? 0 : _emitted();
        if (emitted > 0) {
            uint256 fee = emitted * totalLockedStakedVVV * LOCKED_FEE / (totalSupply * 100);
            if (fee > 0) venice.mint(treasury, fee);
            venice.mint(address(this), emitted - fee);
        }
        accRewardPerShare = _currentRewardPerShare();
        lastRewardTimestamp = block.timestamp;
    }

    function _emitted() private view returns (uint256) {
        return (block.timestamp - lastRewardTimestamp) * emissionRatePerSecond;
    }

    function _currentRewardPerShare() private view returns (uint256) {
        if (totalSupply == 0) return accRewardPerShare;
        return accRewardPerShare + _emitted() * REWARD_SCALE / totalSupply;
    }

    /// Rounded down, so that the contract never pays from what is staked.
    function _reward(address account) private view returns (uint256) {
        uint256 balance = balanceOf[account];
        if (balance == 0) return 0;
        uint256 earned = balance * _currentRewardPerShare() / REWARD_SCALE - stakes[account].rewardDebt;
        uint256 locked = lockedStakes[account].sVVVLockedAmount;
        return earned * (balance * 100 - locked * LOCKED_FEE) / (balance * 100);
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
