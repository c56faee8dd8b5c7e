import { excerpt } from '../domain/redact.ts'
import { sha256 } from '../domain/sha256.ts'
import { minterOf } from '../driver/effects/io.ts'
import { requestOf } from '../driver/envelope.ts'
import { placeOf } from '../hosts/file/run-place.ts'
import { type KeysOptions, listKeys, revokeKey } from '../operations/keys.ts'
import { runAnswer } from './answers.ts'
import * as schemas from './schemas.ts'
import type { Session } from './session.ts'
import { defineTool, type Tool, type ToolDependencies } from './tool.ts'

const LIST = 'venice_keys_list'

/** List, rotate and revoke. What deletes a key is asked about. */
export function keyTools(session: Session, dependencies: ToolDependencies): Tool[] {
  return [
    defineTool(
      {
        name: LIST,
        title: 'List the keys of the account',
        description:
          'Lists the active API keys of the account at Venice and marks the keys of this run. Never shows a key itself. Needs an ADMIN key: a stored one, or withAdminKey.',
        annotations: { readOnly: false, destructive: false, idempotent: true },
        input: schemas.keysListInput,
        output: schemas.keysListOutput,
        run: async ({ withAdminKey }) => {
          await session.requireAllowed({ adminKey: withAdminKey === true })
          const { keys, adminKey } = await listKeys(await keysOptions(session, withAdminKey))
          return { data: { usedKey: adminKey, keys: keys.map((key) => ({ ...key })) } }
        },
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_keys_rotate',
        title: 'Replace the key',
        description:
          'Mints a new key, stores it in place of the current key, proves it, and only then revokes the current key. Returns at once; see venice_status.',
        annotations: { readOnly: false, destructive: true, idempotent: false },
        input: schemas.keysRotateInput,
        output: schemas.runOutput,
        ask: async ({ withAdminKey, prove }) => {
          const envelope = await session.recorded()
          const mintsAdmin = envelope !== null && requestOf(envelope).key.type === 'ADMIN'
          await session.requireAllowed({ adminKey: withAdminKey === true || mintsAdmin, paidCall: prove === true })
          return {
            id: `rotate-${envelope?.revision ?? 0}`,
            tool: 'venice_keys_rotate',
            message: 'Mint a new key, and revoke the current key once the new key is proven?',
            planDigest: null,
          }
        },
        run: async ({ withAdminKey, prove }) => {
          const { ports } = await session.wallet()
          const adminSigner = withAdminKey ? minterOf(ports) : null
          return runAnswer(await session.rotate({ adminSigner, mustProve: prove === true }))
        },
      },
      dependencies,
    ),
    defineTool(
      {
        name: 'venice_keys_revoke',
        title: 'Revoke a key',
        description: 'Deletes one key of the account at Venice, immediately and permanently.',
        annotations: { readOnly: false, destructive: true, idempotent: true },
        input: schemas.keysRevokeInput,
        output: schemas.keysRevokeOutput,
        mendedBy: { 'keys/ambiguous': LIST, 'keys/not-listed': LIST },
        ask: async ({ key, withAdminKey, force }) => {
          await session.requireAllowed({ adminKey: withAdminKey === true })
          const own = force === true ? ", also if it is this run's own" : ''
          return {
            id: `revoke-${await sha256(JSON.stringify([key, force === true]))}`,
            tool: 'venice_keys_revoke',
            message: `Delete the key "${excerpt(key)}" at Venice permanently${own}?`,
            planDigest: null,
          }
        },
        run: async ({ key: name, withAdminKey, force }) => {
          const options = await keysOptions(session, withAdminKey)
          const { status, key } = await revokeKey({
            ...options,
            name,
            isForced: force === true,
            confirm: async () => true,
          })
          return { data: { status, key } }
        },
      },
      dependencies,
    ),
  ]
}

async function keysOptions(session: Session, withAdminKey: boolean | undefined): Promise<KeysOptions> {
  const wallet = await session.wallet()
  const { venice, signer, sink, fallbackSinks = [], clock } = wallet.ports
  return {
    venice,
    signer: withAdminKey ? signer : null,
    sink,
    fallbackSinks,
    clock,
    redactor: wallet.redactor,
    ...placeOf(wallet),
  }
}
