import { type Hex, keccak256, pad, stringToHex, type TransactionReceipt } from 'viem'
import { ADDRESSES, type Address, isSameAddress } from '../../domain/addresses.ts'
import type { Attempt } from '../../domain/attempt.ts'

const topicOf = (signature: string): Hex => keccak256(stringToHex(signature))
const TRANSFER = topicOf('Transfer(address,address,uint256)')
const APPROVAL = topicOf('Approval(address,address,uint256)')

/** The ERC-20 event that shows the result of `attempt`; null if none is expected for its purpose. */
function eventOf({ purpose, from, beneficiary }: Attempt): { at: Address; topics: readonly (Hex | null)[] } | null {
  switch (purpose) {
    case 'approve':
    case 'revoke':
      return { at: ADDRESSES.vvv, topics: [APPROVAL, wordOf(from), wordOf(ADDRESSES.staking)] }
    // Minted sVVV is a transfer from the zero address.
    case 'stake':
    case 'sponsor':
      return { at: ADDRESSES.staking, topics: [TRANSFER, null, wordOf(beneficiary ?? from)] }
    case 'mintDiem':
    case 'stakeDiem':
    case 'fillNonce':
      return null
  }
}

const wordOf = (address: Address): Hex => pad(address.toLowerCase() as Hex, { size: 32 })

/** Whether `receipt` has the event that `attempt` should cause; null if none is expected. */
export function hasEvent(attempt: Attempt, receipt: Pick<TransactionReceipt, 'logs'>): boolean | null {
  const event = eventOf(attempt)
  if (event === null) return null
  return receipt.logs.some(
    ({ address, topics }) =>
      isSameAddress(address, event.at) &&
      event.topics.every((topic, index) => topic === null || topics[index]?.toLowerCase() === topic),
  )
}
