// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

struct PackedUserOperation {
    address sender;
    uint256 nonce;
    bytes initCode;
    bytes callData;
    bytes32 accountGasLimits;
    uint256 preVerificationGas;
    bytes32 gasFees;
    bytes paymasterAndData;
    bytes signature;
}

interface IAccount {
    function validateUserOp(PackedUserOperation calldata op, bytes32 hash, uint256 missing) external returns (uint256);
}

interface IPaymaster {
    function validatePaymasterUserOp(PackedUserOperation calldata op, bytes32 hash, uint256 most)
        external
        returns (bytes memory context, uint256 validationData);
}

/// What clients need of ERC-4337's EntryPoint: the same interface, events, reasons and hashes of operations. The one that is
/// deployed on Base is GPL-3.0, and this sandbox is not, so this is written anew. Left out: aggregators, time ranges, stakes,
/// what a paymaster does after an operation, and all protection of bundlers.
/// https://eips.ethereum.org/EIPS/eip-4337
abstract contract EntryPointLedger {
    event UserOperationEvent(
        bytes32 indexed userOpHash,
        address indexed sender,
        address indexed paymaster,
        uint256 nonce,
        bool success,
        uint256 actualGasCost,
        uint256 actualGasUsed
    );
    event AccountDeployed(bytes32 indexed userOpHash, address indexed sender, address factory, address paymaster);
    event BeforeExecution();
    event Deposited(address indexed account, uint256 totalDeposit);
    event UserOperationRevertReason(
        bytes32 indexed userOpHash, address indexed sender, uint256 nonce, bytes revertReason
    );

    error FailedOp(uint256 opIndex, string reason);

    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(uint192 => uint256)) public nonceSequenceNumber;

    receive() external payable {
        depositTo(msg.sender);
    }

    function depositTo(address account) public payable {
        balanceOf[account] += msg.value;
        emit Deposited(account, balanceOf[account]);
    }

    function getNonce(address sender, uint192 key) public view returns (uint256) {
        return nonceSequenceNumber[sender][key] | (uint256(key) << 64);
    }

    /// The next operation of the sender under its key has this nonce.
    function _useNonce(uint256 index, address sender, uint256 nonce) internal {
        uint192 key = uint192(nonce >> 64);
        if (nonceSequenceNumber[sender][key]++ != uint64(nonce)) revert FailedOp(index, "AA25 invalid account nonce");
    }

    function _deploy(uint256 index, address sender, bytes calldata initCode, bytes32 hash, address paymaster) internal {
        if (initCode.length == 0) {
            if (sender.code.length == 0) revert FailedOp(index, "AA20 account not deployed");
            return;
        }
        if (sender.code.length != 0) revert FailedOp(index, "AA10 sender already constructed");
        address factory = address(bytes20(initCode[:20]));
        (bool success,) = factory.call(initCode[20:]);
        if (!success || sender.code.length == 0) revert FailedOp(index, "AA13 initCode failed or OOG");
        emit AccountDeployed(hash, sender, factory, paymaster);
    }
}

abstract contract EntryPoint is EntryPointLedger {
    struct Opened {
        bytes32 hash;
        address paymaster;
        uint256 prefund;
        uint256 gasBefore;
    }

    function getUserOpHash(PackedUserOperation calldata op) public view virtual returns (bytes32);

    function handleOps(PackedUserOperation[] calldata ops, address payable beneficiary) external {
        Opened[] memory opened = new Opened[](ops.length);
        for (uint256 i = 0; i < ops.length; i++) opened[i] = _open(i, ops[i]);
        emit BeforeExecution();
        uint256 collected = 0;
        for (uint256 i = 0; i < ops.length; i++) collected += _execute(ops[i], opened[i]);
        (bool success,) = beneficiary.call{value: collected}("");
        require(success, "AA91 failed send to beneficiary");
    }

    function _open(uint256 index, PackedUserOperation calldata op) private returns (Opened memory opened) {
        opened.gasBefore = gasleft();
        opened.hash = getUserOpHash(op);
        opened.prefund = _mostGas(op) * uint128(uint256(op.gasFees));
        if (op.paymasterAndData.length > 0) opened.paymaster = address(bytes20(op.paymasterAndData[:20]));
        _deploy(index, op.sender, op.initCode, opened.hash, opened.paymaster);
        _validate(index, op, opened);
        _useNonce(index, op.sender, op.nonce);
        if (opened.paymaster != address(0)) _sponsor(index, op, opened);
    }

    function _validate(uint256 index, PackedUserOperation calldata op, Opened memory opened) private {
        bool pays = opened.paymaster == address(0);
        uint256 held = balanceOf[op.sender];
        uint256 missing = pays && held < opened.prefund ? opened.prefund - held : 0;
        uint256 gas = uint128(bytes16(op.accountGasLimits));
        try IAccount(op.sender).validateUserOp{gas: gas}(op, opened.hash, missing) returns (uint256 validationData) {
            if (validationData != 0) revert FailedOp(index, "AA24 signature error");
        } catch {
            revert FailedOp(index, "AA23 reverted");
        }
        if (!pays) return;
        if (balanceOf[op.sender] < opened.prefund) revert FailedOp(index, "AA21 didn't pay prefund");
        balanceOf[op.sender] -= opened.prefund;
    }

    function _sponsor(uint256 index, PackedUserOperation calldata op, Opened memory opened) private {
        if (balanceOf[opened.paymaster] < opened.prefund) revert FailedOp(index, "AA31 paymaster deposit too low");
        balanceOf[opened.paymaster] -= opened.prefund;
        try IPaymaster(opened.paymaster).validatePaymasterUserOp(op, opened.hash, opened.prefund) returns (
            bytes memory, uint256 validationData
        ) {
            if (validationData != 0) revert FailedOp(index, "AA34 signature error");
        } catch {
            revert FailedOp(index, "AA33 reverted");
        }
    }

    function _execute(PackedUserOperation calldata op, Opened memory opened) private returns (uint256 cost) {
        uint256 gasBefore = gasleft();
        uint256 gas = uint128(uint256(op.accountGasLimits));
        if (gasleft() * 63 / 64 < gas + 10_000) revert FailedOp(0, "AA95 out of gas");
        (bool success, bytes memory reason) = op.sender.call{gas: gas}(op.callData);
        if (!success) emit UserOperationRevertReason(opened.hash, op.sender, op.nonce, reason);
        uint256 used = op.preVerificationGas + gasBefore - gasleft() + _validationGas(op);
        uint256 most = _mostGas(op);
        if (used > most) used = most;
        cost = used * _gasPrice(op.gasFees);
        balanceOf[opened.paymaster == address(0) ? op.sender : opened.paymaster] += opened.prefund - cost;
        emit UserOperationEvent(opened.hash, op.sender, opened.paymaster, op.nonce, success, cost, used);
    }

    /// What the validation took is not measured here: half of what it may take stands for it.
    function _validationGas(PackedUserOperation calldata op) private pure returns (uint256) {
        return uint128(bytes16(op.accountGasLimits)) / 2;
    }

    function _mostGas(PackedUserOperation calldata op) private pure returns (uint256 gas) {
        gas = uint128(bytes16(op.accountGasLimits)) + uint128(uint256(op.accountGasLimits)) + op.preVerificationGas;
        if (op.paymasterAndData.length == 0) return gas;
        gas += uint128(bytes16(op.paymasterAndData[20:36])) + uint128(bytes16(op.paymasterAndData[36:52]));
    }

    function _gasPrice(bytes32 gasFees) private view returns (uint256) {
        uint256 most = uint128(uint256(gasFees));
        uint256 offered = uint128(bytes16(gasFees)) + block.basefee;
        return most < offered ? most : offered;
    }

    function _structHash(PackedUserOperation calldata op) internal pure returns (bytes memory) {
        return abi.encode(
            op.sender,
            op.nonce,
            keccak256(op.initCode),
            keccak256(op.callData),
            op.accountGasLimits,
            op.preVerificationGas,
            op.gasFees,
            keccak256(op.paymasterAndData)
        );
    }
}

contract EntryPointV07 is EntryPoint {
    function getUserOpHash(PackedUserOperation calldata op) public view override returns (bytes32) {
        return keccak256(abi.encode(keccak256(_structHash(op)), address(this), block.chainid));
    }
}

contract EntryPointV08 is EntryPoint {
    bytes32 private constant OPERATION = keccak256(
        "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 accountGasLimits,uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData)"
    );
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function getUserOpHash(PackedUserOperation calldata op) public view override returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN, keccak256("ERC4337"), keccak256("1"), block.chainid, address(this)));
        bytes32 operation = keccak256(abi.encodePacked(OPERATION, _structHash(op)));
        return keccak256(abi.encodePacked(hex"1901", domain, operation));
    }
}
