// SPDX-License-Identifier: MIT
pragma solidity 0.8.26;

/// What DIEM costs: 256 buckets of 500 DIEM, the i-th ending at a supply of 500 * (i + 1) and costing
/// 90 * e^(2 * (supply / 40000)^3) sVVV per DIEM. The contract on Base keeps the same numbers in two tables.
abstract contract DiemCurve {
    uint256 private constant ONE = 1e18;
    uint256 private constant BUCKETS = 256;
    uint256 private constant BUCKET_SIZE = 500e18;

    /// DIEM that `payment` sVVV buys when `supply` DIEM exist.
    function _quoteDiem(uint256 supply, uint256 payment) internal pure returns (uint256 out) {
        for (uint256 i = supply / BUCKET_SIZE; payment > 0; i++) {
            uint256 price = _rate(i);
            uint256 available = _supplyAt(i) - supply - out;
            uint256 cost = (price * available + ONE - 1) / ONE;
            if (payment < cost) return out + payment * ONE / price;
            payment -= cost;
            out += available;
        }
    }

    function _supplyAt(uint256 i) private pure returns (uint256) {
        require(i < BUCKETS);
        return BUCKET_SIZE * (i + 1);
    }

    function _rate(uint256 i) private pure returns (uint256) {
        uint256 x = _supplyAt(i) / 40_000;
        return 90 * _exp(2 * x * x / ONE * x / ONE);
    }

    /// e^x for x below 2^7, as (e^(x / 2^7))^(2^7) with the inner power from its series.
    function _exp(uint256 x) private pure returns (uint256 power) {
        uint256 term = ONE;
        power = ONE;
        for (uint256 n = 1; term > 0; n++) {
            term = term * (x >> 7) / (n * ONE);
            power += term;
        }
        for (uint256 n = 0; n < 7; n++) power = power * power / ONE;
    }
}
