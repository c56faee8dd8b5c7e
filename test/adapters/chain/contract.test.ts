import { describeChain } from '../../ports/chain.ts'
import { useChain } from './lab.ts'

const { open } = useChain()

describeChain('the chain over JSON-RPC', open)
