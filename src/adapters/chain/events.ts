import { type Hex, keccak256, pad, stringToHex, type TransactionReceipt } from 'viem'
import { ADDRESSES, type Address, isSameAddress } from '../../domain/addresses.ts'
import type { Attempt } from '../../domain/attempt.ts'

const topicOf = (signature: string): Hex => keccak256(stringToHex(signature))
const TRANSFER = topicOf('Transfer(address,address,uint256)')
const APPROVAL = topicOf('Approval(address,address,uint256)')

/** The event by which an ERC-20 tells what `attempt` was made for; null of a purpose that none is looked for. */
function eventOf({ purpose, from, beneficiary }: Attempt): { at: Address; topics: readonly (Hex | null)[] } | null {
  switch (purpose) {
    case 'approve':
    case 'revoke':
      return { at: ADDRESSES.vvv, topics: [APPROVAL, wordOf(from), wordOf(ADDRESSES.staking)] }
    // sVVV that is minted: who transfers it is the zero address.
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

/** Whether `receipt` has the event that `attempt` was made for; null where none is looked for. */
export function hasEvent(attempt: Attempt, receipt: Pick<TransactionReceipt, 'logs'>): boolean | null {
  const event = eventOf(attempt)
  if (event === null) return null
  return receipt.logs.some(
    ({ address, topics }) =>
      isSameAddress(address, event.at) &&
      event.topics.every((topic, index) => topic === null || topics[index]?.toLowerCase() === topic),
  )
}
