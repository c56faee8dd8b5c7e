import { alchemy } from './alchemy.ts'
import { ankr } from './ankr.ts'
import { batch2, batch5, batch5TooLarge, noBatch } from './batches.ts'
import { chainstack } from './chainstack.ts'
import { drpc } from './drpc.ts'
import { dearTip, noFeeHistory, noPriorityFee, noPriorityFeeServer, priorityFeeNull } from './fees.ts'
import { noOverride, noOverride400, noOverride500, noOverrideExpected, noOverrideInternal } from './overrides.ts'
import {
  pendingBehind,
  pendingInternal,
  pendingInvalid,
  pendingNull,
  pendingStale,
  pendingUnavailable,
} from './pending.ts'
import { type EndpointProfile, methodNotFound } from './profile.ts'
import { publicNode, publicNodeBusy } from './public.ts'
import { quicknode } from './quicknode.ts'
import { balanced, lagging, lagging5s, lagging10s, stale, stateLater } from './replicas.ts'
import { echoing, flooding, forgetful, hanging, slow, unauthorized } from './troubles.ts'

/** Profiles of real endpoints, by name. */
export const ENDPOINTS = {
  /** A node of Base that serves everything at once. */
  node: {},
  drpc,
  alchemy,
  public: publicNode,
  'public-busy': publicNodeBusy,
  quicknode,
  chainstack,
  ankr,
  'batch-5': batch5,
  'batch-5-413': batch5TooLarge,
  'batch-2': batch2,
  'no-batch': noBatch,
  'no-override': noOverride,
  'no-override-expected': noOverrideExpected,
  'no-override-internal': noOverrideInternal,
  'no-override-400': noOverride400,
  'no-override-500': noOverride500,
  'pending-invalid': pendingInvalid,
  'pending-internal': pendingInternal,
  'pending-unavailable': pendingUnavailable,
  'pending-null': pendingNull,
  'pending-behind': pendingBehind,
  'pending-stale': pendingStale,
  'no-priority-fee': noPriorityFee,
  'no-priority-fee-server': noPriorityFeeServer,
  'priority-fee-null': priorityFeeNull,
  'no-fee-history': noFeeHistory,
  'dear-tip': dearTip,
  'no-sync': { methods: { eth_sendRawTransactionSync: methodNotFound('eth_sendRawTransactionSync') } },
  'state-later': stateLater,
  lagging,
  'lagging-5s': lagging5s,
  'lagging-10s': lagging10s,
  balanced,
  stale,
  hanging,
  slow,
  flooding,
  echoing,
  unauthorized,
  forgetful,
} as const satisfies Record<string, EndpointProfile>

export type EndpointName = keyof typeof ENDPOINTS
/** Names of profiles, or profiles under your own names. */
export type EndpointChoice = readonly EndpointName[] | Readonly<Record<string, EndpointProfile>>
export const ENDPOINT_NAMES = Object.keys(ENDPOINTS) as EndpointName[]
