// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

import {SignedToken} from "./SignedToken.sol";
import {Token} from "./Token.sol";

/// VVV: minted by its owner, the staking contract. Nonces are in slot 5 and the owner in slot 6, as on Base.
contract Venice is SignedToken {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    mapping(address => uint256) public nonces;
    address public owner;

    constructor(address owner_, address holder, uint256 supply) Token("Venice Token", "VVV", 18) SignedToken("1") {
        owner = owner_;
        _mint(holder, supply);
    }

    function mint(address to, uint256 amount) external {
        require(msg.sender == owner, "UNAUTHORIZED");
        _mint(to, amount);
    }

    /// EIP-2612, for accounts with a key only: ERC-1271 is not asked.
    function permit(address owner_, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        require(deadline >= block.timestamp, "PERMIT_DEADLINE_EXPIRED");
        bytes32 structHash =
            keccak256(abi.encode(PERMIT_TYPEHASH, owner_, spender, value, nonces[owner_]++, deadline));
        address signer = ecrecover(_digest(structHash), v, r, s);
        require(signer != address(0) && signer == owner_, "INVALID_SIGNER");
        _approve(owner_, spender, value);
    }
}
